"""The metric that trainings and tests report: IoU class by class, with its uncertainty."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS

from mmseg_ext.errors import DataError
from mmseg_ext.evaluation.confusion import confusion_matrix
from mmseg_ext.evaluation.intervals import bootstrap_intervals
from mmseg_ext.evaluation.scores import ClassScores
from mmseg_ext.evaluation.table import per_class_table


@METRICS.register_module()
class PerClassIoU(BaseMetric):
    """IoU and accuracy of every class, as scalars that logs, TensorBoard and `save_best` see.

    Counts one confusion matrix per image; every figure follows from their sum, and the 95 %
    intervals of the printed table from a bootstrap over images.

    The scalars are percentages: ``mIoU``, ``mAcc``, ``aAcc``, and ``IoU.<class>`` and
    ``Acc.<class>`` for every class; NaN for a class that does not occur.

    Args:
        ignore_index (int): Label of the pixels to leave out.
        output_dir (str, optional): Where to write the predictions, as 8-bit PNG of class ids
            named like the image.
        keep_results (bool): Accepted because mmseg's ``tools/test.py --out`` sets it; written
            predictions are always kept.
        resamples (int): Bootstrap resamples for the intervals of the table.
        collect_device (str): 'cpu' or 'gpu', as in mmengine.
        prefix (str, optional): Put before the names of the scalars, as in mmengine.
    """

    def __init__(
        self,
        ignore_index: int = 255,
        output_dir: str | None = None,
        keep_results: bool = True,
        resamples: int = 1000,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.ignore_index = ignore_index
        self.resamples = resamples
        self.output_dir = Path(output_dir) if output_dir else None
        if self.output_dir and is_main_process():
            self.output_dir.mkdir(parents=True, exist_ok=True)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count the predictions of one batch.

        Args:
            data_batch (dict): Not used.
            data_samples (Sequence[dict]): Model outputs with ``pred_sem_seg`` and ``gt_sem_seg``
                of shape (1, H, W) each.

        Raises:
            DataError: If a sample has no label, or an id of its label or prediction is not a
                class; names the image.
        """
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            image = sample.get('img_path', 'an image without a path')
            if 'gt_sem_seg' not in sample:
                raise DataError(
                    f'{image}: no label to compare with; evaluate a data set whose pipeline '
                    'loads labels'
                )
            pred = sample['pred_sem_seg']['data'].squeeze(0)
            label = sample['gt_sem_seg']['data'].squeeze(0)
            try:
                matrix = confusion_matrix(pred, label, num_classes, self.ignore_index)
            except ValueError as error:
                raise DataError(f'{image}: {error}') from error
            self.results.append(matrix.cpu().numpy())
            if self.output_dir is not None:
                self._write(pred, Path(image).stem)

    def _write(self, pred: torch.Tensor, name: str) -> None:
        assert self.output_dir is not None
        path = self.output_dir / f'{name}.png'
        if not cv2.imwrite(str(path), pred.cpu().numpy().astype(np.uint8)):
            raise DataError(f'{path}: could not be written')

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, Any]:
        """Score the counted images and print the table.

        Args:
            results (list[np.ndarray]): One int64 matrix (C, C) per image.

        Returns:
            dict[str, float]: The scalars, in percent.
        """
        classes = self.dataset_meta['classes']
        matrices = np.stack(results)
        total = matrices.sum(0)
        scores = ClassScores.from_confusion(total)
        intervals = bootstrap_intervals(matrices, self.resamples)
        print_log(
            '\n' + per_class_table(classes, total, scores, intervals),
            logger=MMLogger.get_current_instance(),
        )
        scalars = {
            'mIoU': scores.mean_iou,
            'mAcc': scores.mean_accuracy,
            'aAcc': scores.pixel_accuracy,
        }
        scalars |= {f'IoU.{name}': value for name, value in zip(classes, scores.iou, strict=True)}
        scalars |= {
            f'Acc.{name}': value for name, value in zip(classes, scores.accuracy, strict=True)
        }
        return {name: 100 * float(value) for name, value in scalars.items()}
