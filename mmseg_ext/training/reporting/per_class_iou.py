"""The metric that trainings and tests report: IoU class by class, with its uncertainty."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS

from mmseg_ext.common.atomic import write_image
from mmseg_ext.common.contributions import HIGHER_IS_BETTER
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.printable import printable
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.counting import evaluation_of
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.image_counts import ImageCounts
from mmseg_ext.evaluation.intervals import RESAMPLES
from mmseg_ext.evaluation.metainfo import check_metainfo
from mmseg_ext.evaluation.reliability import count_reliability
from mmseg_ext.evaluation.tail import TAIL_BELOW, choose_tail
from mmseg_ext.evaluation.unlabelled import unlabelled_classes
from mmseg_ext.models.class_ids import class_ids
from mmseg_ext.models.device_confusion import count_confusion
from mmseg_ext.models.probabilities import predicted_confidence
from mmseg_ext.reports.summary import evaluation_text

_TRIMAP = r'TrimapIoU_[\d.e-]+p[xc]'  # The dot of a width parts nothing.
HIGHER_IS_BETTER.append(
    re.compile(
        rf'(m|a|fw|tail_m)?(IoU|Acc|F1)|m(BoundaryIoU|BoundaryF|{_TRIMAP})'
        rf'|(IoU|Acc|Precision|F1|Boundary(IoU|F|Precision|Recall)|{_TRIMAP})'
        r'(?P<separator>[./]).+'
    )
)


@METRICS.register_module()
class PerClassIoU(BaseMetric):
    """Scores of every class, as scalars that logs, TensorBoard and `save_best` see.

    Counts one confusion matrix per image; every figure follows from their sum, and the 95 %
    intervals of the printed table from a bootstrap over images, or over drives where the data set's
    metainfo has a `drive_pattern`. The scalars are those of
    :meth:`~mmseg_ext.evaluation.evaluation.Evaluation.scalars`. For `save_best`, mmengine knows
    that more is better for those with an `m` before `IoU`; for the others say `rule='greater'`.

    Args:
        ignore_index: Label of the pixels to leave out.
        tail_classes: The rare classes, by name, or a single one.
        tail_below: Else the rare classes are those below this percentage of the training
            pixels, where the data set's metainfo has `train_shares`: the percentage of the
            labelled training pixels by class name.
        boundary: Also measure boundary quality, with these arguments of
            :class:`~mmseg_ext.evaluation.boundary_quality.BoundaryQuality`; ``boundary=dict()``
            takes its defaults. What it costs: docs/guides/analysis.md.
        reliability: Also measure whether the model is as often right as it is sure, by
            :mod:`~mmseg_ext.evaluation.reliability`; needs the model's logits.
        output_dir: Where to write the predictions, as PNG of class ids named like
            the image: of 8 bits, or of 16 where there are more than 256 classes.
        keep_results: Accepted because mmseg's ``tools/test.py --out`` sets it; written
            predictions are always kept.
        format_only: Only write the predictions, of images without labels: nothing is scored.
        resamples: Bootstrap resamples for the intervals of the table, at least 1.
        collect_device: 'cpu' or 'gpu', as in mmengine.
        prefix: Put before the names of the scalars, as in mmengine.

    Attributes:
        confidence_scales: Factors of the logits that confidences are taken with; 1 alone, but for a
            calibrated checkpoint.
        evaluation: The last evaluation, in the main process.

    Raises:
        ConfigError: If an argument is not as described.
    """

    def __init__(
        self,
        ignore_index: int = 255,
        tail_classes: Sequence[str] | str | None = None,
        tail_below: float = TAIL_BELOW,
        boundary: Mapping[str, Any] | None = None,
        reliability: bool = False,
        output_dir: str | None = None,
        keep_results: bool = True,
        format_only: bool = False,
        resamples: int = RESAMPLES,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not isinstance(ignore_index, int):
            raise ConfigError(
                f'ignore_index={ignore_index!r}: give an integer; one that no label has, as -1, '
                'leaves no pixel out'
            )
        if not isinstance(resamples, int) or resamples < 1:
            raise ConfigError(f'resamples={resamples!r}: give a whole number from 1')
        if not isinstance(tail_below, (int, float)):
            raise ConfigError(f'tail_below={tail_below!r}: give a percentage')
        if tail_classes is not None and not isinstance(tail_classes, (str, Sequence)):
            raise ConfigError(f'tail_classes={tail_classes!r}: give the names of classes')
        self.ignore_index = ignore_index
        # A single name on a command line arrives as a string.
        self.tail_classes = [tail_classes] if isinstance(tail_classes, str) else tail_classes
        self.tail_below = tail_below
        self.format_only = format_only
        self.resamples = resamples
        self.boundary = None if boundary is None else BoundaryQuality.from_settings(boundary)
        self.reliability = reliability
        self.confidence_scales: tuple[float, ...] = (1.0,)
        self.evaluation: Evaluation | None = None
        self.output_dir = Path(output_dir) if output_dir else None
        self._written: dict[str, str] = {}
        self._warned = False
        if self.output_dir and is_main_process():
            self.output_dir.mkdir(parents=True, exist_ok=True)

    @property
    def dataset_meta(self) -> Any:
        """The metainfo of the data set; it is set when the loop is built, before a training.

        Raises:
            ConfigError: When it is set: ``tail_classes`` names no class, the ``train_shares`` are
                not those of its classes, two classes have one name, the palette is not one colour
                a class, or its `drive_pattern` is no regular expression with a group.
        """
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: Any) -> None:
        self._dataset_meta = dataset_meta
        if not dataset_meta:
            return
        check_metainfo(dataset_meta)
        if dataset_meta.get('classes'):
            shares = dataset_meta.get('train_shares')
            choose_tail(dataset_meta['classes'], self.tail_classes, self.tail_below, shares)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count the predictions of one batch.

        Args:
            data_batch: Not used.
            data_samples: Model outputs with ``pred_sem_seg`` and ``gt_sem_seg``
                of shape (1, H, W) each.

        Raises:
            DataError: If a sample has no label, an id of its label or prediction is not a class,
                or its prediction would replace that of another image; names the image.
        """
        if not self.results and not self.format_only:
            self._written.clear()
        for sample in data_samples:
            image = sample.get('img_path', 'an image without a path')
            pred = class_ids(sample['pred_sem_seg']['data']).squeeze(0)
            if not self.format_only:
                self.results.append(self._count(sample, pred, image))
            if self.output_dir is not None:
                self._write(pred, image)

    def _count(self, sample: dict, pred: torch.Tensor, image: str) -> ImageCounts:
        if 'gt_sem_seg' not in sample:
            raise DataError(
                f'{image}: no label to compare with; evaluate a data set whose pipeline '
                'loads labels'
            )
        num_classes = len(self.dataset_meta['classes'])
        label = sample['gt_sem_seg']['data'].squeeze(0)
        try:
            matrix = count_confusion(pred, label, num_classes, self.ignore_index)
        except ValueError as error:
            raise DataError(f'{image}: {error}') from error
        boundary = None
        if self.boundary is not None:
            boundary = self.boundary.count(
                pred.cpu().numpy(), label.cpu().numpy(), num_classes, self.ignore_index
            )
        sure = self._count_reliability(sample, pred, label, image) if self.reliability else None
        return ImageCounts(image, matrix.cpu().numpy(), boundary, sure)

    def _count_reliability(
        self, sample: dict, pred: torch.Tensor, label: torch.Tensor, image: str
    ) -> np.ndarray:
        if 'seg_logits' not in sample:
            raise ConfigError(
                f'{image}: reliability=True needs the logits of the model, and there are none, as '
                'with test-time augmentation; leave out one of the two'
            )
        logits = sample['seg_logits']['data']
        return np.stack(
            [
                count_reliability(
                    predicted_confidence(logits, pred.to(logits.device), scale).cpu().numpy(),
                    pred.cpu().numpy(),
                    label.cpu().numpy(),
                    len(self.dataset_meta['classes']),
                    self.ignore_index,
                )
                for scale in self.confidence_scales
            ]
        )

    def evaluate(self, size: int) -> dict[str, float]:
        """Collect what was counted of a data set of `size` images and score it, if it is to be."""
        if self.format_only:
            self._written.clear()
            return {}
        return super().evaluate(size)

    def _write(self, pred: torch.Tensor, image: str) -> None:
        assert self.output_dir is not None
        name = f'{Path(image).stem}.png'
        other = self._written.setdefault(name, image)
        if other != image:
            raise DataError(
                f'{image}: its prediction would replace that of {other}, since both are written to '
                f'{self.output_dir / name}; write the predictions of one folder at a time'
            )
        dtype = np.uint8 if len(self.dataset_meta['classes']) <= 256 else np.uint16
        write_image(self.output_dir / name, pred.cpu().numpy().astype(dtype))

    def compute_metrics(self, results: list[ImageCounts]) -> dict[str, float]:
        """Score the counted images, print the table and keep the evaluation.

        Args:
            results: The counts of every image, in the order of the data set.

        Returns:
            dict[str, float]: The scalars, in percent.
        """
        self.evaluation = evaluation_of(
            results,
            self.dataset_meta,
            ignore_index=self.ignore_index,
            tail_classes=self.tail_classes,
            tail_below=self.tail_below,
            boundary=self.boundary,
            reliability_scales=self.confidence_scales if self.reliability else (),
        )
        table = evaluation_text(self.evaluation, self.resamples)
        print_log('\n' + table, logger=MMLogger.get_current_instance())
        self._warn_of_unlabelled(self.evaluation)
        # TensorBoard refuses what is no UTF-8.
        return {printable(name): value for name, value in self.evaluation.scalars().items()}

    def _warn_of_unlabelled(self, evaluation: Evaluation) -> None:
        """Say once that a mean is not over all classes, or that there is none."""
        warning = unlabelled_classes(evaluation)
        if warning and not self._warned:
            self._warned = True
            warning += '; mmseg-debias check-data CONFIG counts the labels'
            print_log(warning, logger=MMLogger.get_current_instance(), level=logging.WARNING)
