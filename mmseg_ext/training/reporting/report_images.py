"""Draws the images on which a model is worst and best, for its report."""

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
from mmseg_ext.reports.panels import check_ignored, draw_classes
from mmseg_ext.reports.pictures import Picture, ReportImage

WORST, BEST = 3, 3
_MAX_WIDTH = 512
_WRONG = (20, 120, 245)


def draw_report_images(evaluation: Evaluation, model: Any, dataset: Any) -> list[ReportImage]:
    """Predict the worst and the best images again and draw them.

    Args:
        evaluation: Of the model on the data set.
        model: A torch module with mmengine's `test_step`.
        dataset: An mmengine data set whose pipeline loads labels.

    Returns:
        The worst images, the worst first, and then the best, the best first; no image twice, and
        none without labels. Those that cannot be drawn are left out, with a warning.
    """
    palette = _palette(evaluation)
    paths = [dataset.get_data_info(place)['img_path'] for place in range(len(dataset))]
    # A sampler may have taken them in another order.
    places = {name: place for place, name in enumerate(image_names(paths))}
    images = []
    for index, worst in _chosen(evaluation.image_scores.mean_iou):
        place = places[evaluation.images[index]]
        # A report is no reason to end a run, whatever goes wrong with its pictures.
        try:
            image = _read(paths[place])
            pred, label = _predict(model, dataset[place])
            pictures = _draw(image, pred, label, palette, evaluation.ignore_index)
        except Exception as error:
            reason = str(error) if isinstance(error, _Unreadable) else repr(error)
            warn(f'{paths[place]}: {reason}, so the report does not show it')
            continue
        images.append(ReportImage(index, worst, pictures))
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


def _chosen(scores: np.ndarray) -> list[tuple[int, bool]]:
    """Return (index, worst) of the images to draw."""
    order = [int(index) for index in np.argsort(scores, kind='stable') if scores[index] >= 0]
    worst = order[: min(WORST, (len(order) + 1) // 2)]
    best = order[len(worst) :][::-1][:BEST]
    return [(index, True) for index in worst] + [(index, False) for index in best]


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


def _draw(
    image: np.ndarray, pred: np.ndarray, label: np.ndarray, palette: np.ndarray, ignore_index: int
) -> list[Picture]:
    height, width = label.shape
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    ignored = label == ignore_index
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    wrong = ((pred != label) & ~ignored)[..., None]
    error = check_ignored(np.where(wrong, np.array(_WRONG, np.uint8), grey // 2 + 60), ignored)
    truth = check_ignored(draw_classes(np.where(ignored, 0, label), palette), ignored)
    return [
        _encode('input', image, '.jpg'),
        _encode('truth', truth, '.png'),
        _encode('prediction', draw_classes(pred, palette), '.png'),
        _encode('error', error, '.png'),
    ]


def _encode(title: str, image: np.ndarray, suffix: str) -> Picture:
    height, width = image.shape[:2]
    if width > _MAX_WIDTH:
        # Class colours must not be mixed at the seams.
        method = cv2.INTER_AREA if suffix == '.jpg' else cv2.INTER_NEAREST
        size = (_MAX_WIDTH, max(1, round(height * _MAX_WIDTH / width)))
        image = cv2.resize(image, size, interpolation=method)
    _, data = cv2.imencode(suffix, image)
    return Picture(title, 'image/jpeg' if suffix == '.jpg' else 'image/png', data.tobytes())


def _palette(evaluation: Evaluation) -> np.ndarray:
    """Return the colours of the classes, uint8 (C, 3) RGB, spread over the hues where unnamed."""
    if evaluation.palette:
        return np.array(evaluation.palette, np.uint8)
    hues = np.linspace(0, 180, len(evaluation.classes), endpoint=False).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 170), np.full_like(hues, 220)], axis=-1)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]
