"""Draws the images that a report shows of a model."""

import logging
from typing import Any

import cv2
import mmcv
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.logging import print_log

from mmseg_ext.common.printable import printable_lines
from mmseg_ext.evaluation import Evaluation
from mmseg_ext.evaluation.image_counts import image_names
from mmseg_ext.models.class_ids import class_ids
from mmseg_ext.reports.pictures.chosen import chosen_images
from mmseg_ext.reports.pictures.drawn_images import draw_pictures
from mmseg_ext.reports.pictures.picture import ReportImage


def draw_report_images(evaluation: Evaluation, model: Any, dataset: Any) -> list[ReportImage]:
    """Predict the images of :func:`chosen_images` again and draw them.

    Args:
        evaluation: Of the model on the data set.
        model: A torch module with mmengine's `test_step`.
        dataset: An mmengine data set whose pipeline loads labels.

    Returns:
        In the order of their choice. Those that cannot be drawn are left out, with a warning.
    """
    paths = [dataset.get_data_info(place)['img_path'] for place in range(len(dataset))]
    # A sampler may have taken them in another order.
    places = {name: place for place, name in enumerate(image_names(paths))}
    images = []
    for index, reasons in chosen_images(evaluation).items():
        place = places[evaluation.images[index]]
        # A report is no reason to end a run, whatever goes wrong with its pictures.
        try:
            image = _read(paths[place])
            pred, label = _predict(model, dataset[place])
            pictures = draw_pictures(evaluation, pred, label, image)
        except Exception as error:
            reason = str(error) if isinstance(error, _Unreadable) else repr(error)
            warn(f'{paths[place]}: {reason}, so the report does not show it')
            continue
        images.append(ReportImage(index, reasons, pictures))
    return images


def warn(text: str) -> None:
    """Log what a report lacks."""
    print_log(printable_lines(text), logger='current', level=logging.WARNING)


class _Unreadable(Exception):
    """The pipeline may read what OpenCV does not."""


def _read(path: str) -> np.ndarray:
    try:
        image = mmcv.imread(path)
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise _Unreadable('OpenCV cannot read it')
    return image


@torch.no_grad()
def _predict(model: Any, packed: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return prediction and label (H, W) of one packed sample."""
    training = model.training
    model.eval()
    try:
        (sample,) = model.test_step(pseudo_collate([packed]))
    finally:
        model.train(training)
    maps = (class_ids(sample.pred_sem_seg.data), sample.gt_sem_seg.data)
    pred, label = (data.squeeze(0).cpu().numpy() for data in maps)
    return pred, label
