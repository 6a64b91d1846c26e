"""What makes a decode head an edge, contour or distance head: its target, outputs and loss.

Each task is a mixin over a `BaseDecodeHead`. It fixes the number of outputs, reads its own
target instead of `gt_sem_seg`, and leaves the network to the head it is mixed with, so the plain
heads and the branches of the hourglass share it. Such heads are auxiliary: mmseg's
`EncoderDecoder` runs them in training only, and inference is that of the plain model.

Source of the tasks: Saire and Ramírez Rivera, IEEE Access 9, 2021, arXiv 2105.13531; which losses
and balances is our decision (docs/guides/boundary-tasks.md).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor, nn

from mmseg_ext.boundary.metrics import (
    contour_counts,
    contour_scores,
    distance_counts,
    distance_scores,
    edge_counts,
    edge_scores,
)
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.checks import check_loss_names, check_losses
from mmseg_ext.losses.terms import as_scalar


class BoundaryTask(BaseDecodeHead):
    """Mixin before a decode head: trains on another packed map than the labels.

    Raises:
        ConfigError: A `sampler` is given, which the balanced losses have no use for, or the
            outputs, which follow from the task; or a loss would not be trained on.
    """

    task: str
    """Short name of the task, as in the metrics."""

    target_key: str
    """The key of `SegDataSample` that the task learns."""

    def __init__(self, arguments: dict, **outputs) -> None:
        given = sorted({'num_classes', 'out_channels', 'threshold'} & set(arguments))
        if given:
            raise ConfigError(
                f'{type(self).__name__}: its outputs follow from the task; remove '
                f'{" and ".join(given)}'
            )
        super().__init__(**outputs, **arguments)
        check_loss_names(self, type(self).__name__)
        check_losses(self, type(self).__name__)
        if self.sampler is not None:
            raise ConfigError(
                f'{type(self).__name__} takes no sampler: its loss is balanced over all pixels; '
                'remove sampler'
            )

    def predict_map(self, seg_logits: Tensor) -> Tensor:
        """Return what logits (B, K, H, W) say, (B, H, W), in the terms of the target."""
        raise NotImplementedError

    def count(self, seg_logits: Tensor, target: np.ndarray) -> np.ndarray:
        """Return the integer counts of one image, logits (1, K, H, W), that add up to scores."""
        raise NotImplementedError

    def scores(self, counts: np.ndarray) -> dict[str, float]:
        """Return the figures, in percent, that follow from summed counts."""
        raise NotImplementedError

    def _transform_inputs(self, inputs: Sequence[Tensor | Sequence[Tensor]]) -> Any:
        if isinstance(inputs, Tensor):
            raise ConfigError(
                f'{type(self).__name__}: the backbone gives several feature maps in training '
                'alone, as PIDNet and DDRNet do, so that this task can be trained but not '
                'predicted: remove BoundaryMetricHook, or what else asks for its maps'
            )
        # A vision transformer for DPT gives its class token beside each map.
        maps = [each if isinstance(each, Tensor) else each[0] for each in inputs]
        return super()._transform_inputs(maps)

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: SampleList) -> dict:
        """Return the loss of the task.

        Args:
            seg_logits: (B, K, h, w); resized to the target.
            batch_data_samples: Samples that hold `target_key`, all padded to one size.

        Returns:
            dict with one scalar under the name of each loss; losses of the same name add up.

        Raises:
            ConfigError: The samples have no such target, or of another kind.
        """
        target = self._stack_batch_gt(batch_data_samples)
        if not target.is_floating_point():
            target = target.long()
        seg_logits = resize(
            seg_logits, size=target.shape[1:], mode='bilinear', align_corners=self.align_corners
        )
        several = isinstance(self.loss_decode, nn.ModuleList)
        losses: dict[str, Tensor] = {}
        for loss in self.loss_decode if several else [self.loss_decode]:
            # Of the head's ignore_index, which is that of the labels, the targets know nothing.
            value = as_scalar(loss(seg_logits, target, ignore_index=255))
            losses[loss.loss_name] = losses.get(loss.loss_name, 0) + value
        return losses

    def _stack_batch_gt(self, batch_data_samples: SampleList) -> Tensor:
        """Return the targets of a batch, (B, H, W), in the dtype they were packed in.

        Raises:
            ConfigError: A sample has no such target, one of another size than its labels, or one
                with other classes than the head predicts.
        """
        for sample in batch_data_samples:
            if self.target_key not in sample:
                name = self.target_key.removeprefix('gt_').removesuffix('_map')
                raise ConfigError(
                    f'{type(self).__name__} needs {self.target_key}, which the samples do not '
                    f'have: put GenerateBoundaryTargets with {name} switched on and '
                    'PackBoundaryInputs at the end of the train_pipeline, and '
                    'BoundaryDataPreProcessor in the model'
                )
            self._check_target(sample)
        return torch.cat([sample.get(self.target_key).data for sample in batch_data_samples])

    def _check_target(self, sample: SegDataSample) -> None:
        size, labels = sample.get(self.target_key).shape, sample.get('gt_sem_seg')
        if labels is not None and labels.shape != size:
            raise ConfigError(
                f'{type(self).__name__}: {self.target_key} is {size} and the labels are '
                f'{labels.shape}; BoundaryDataPreProcessor, as the data_preprocessor of the '
                'model, pads both'
            )

    def _check_classes(self, sample: SegDataSample, key: str, predicted: int | None) -> None:
        made = sample.metainfo.get(key)
        if None not in (made, predicted) and made != predicted:
            raise ConfigError(
                f'{type(self).__name__} predicts {key}={predicted}, but GenerateBoundaryTargets '
                f'made {made}; give both the same'
            )


class EdgeTask(BoundaryTask):
    """Binary edges: one output, class-balanced BCE.

    Args:
        loss_decode: Config of the loss, `BalancedBCELoss` by default.
        **kwargs: Arguments of the head; its classes are fixed by the task.

    Shape: features to logits (B, 1, h, w); `gt_edge_map` (1, H, W) uint8, 0, 1 or 255 ignored.
    """

    task = 'edge'
    target_key = 'gt_edge_map'

    def __init__(self, *, loss_decode: dict | None = None, **kwargs) -> None:
        super().__init__(
            kwargs,
            num_classes=2,
            out_channels=1,
            threshold=0.5,
            loss_decode=loss_decode or dict(type='BalancedBCELoss'),
        )

    def predict_map(self, seg_logits: Tensor) -> Tensor:
        """Return the edges, (B, H, W) uint8 in {0, 1}."""
        return (seg_logits[:, 0] > 0).byte()

    def count(self, seg_logits: Tensor, target: np.ndarray) -> np.ndarray:
        """Return `metrics.edge_counts` of one image."""
        return edge_counts(self.predict_map(seg_logits)[0].cpu().numpy(), target)

    def scores(self, counts: np.ndarray) -> dict[str, float]:
        """Return precision, recall and F."""
        return edge_scores(counts)


class ContourTask(BoundaryTask):
    """Semantic contours: one output per class and one for the background.

    Args:
        num_classes: Number of *semantic* classes C; the head predicts C + 1.
        loss_decode: Config of the loss, `BalancedCrossEntropyLoss` by default.
        **kwargs: Arguments of the head.

    Shape: features to logits (B, C + 1, h, w); `gt_contour_map` (1, H, W) uint8, 0 to C - 1 on
    the boundaries, C elsewhere, 255 ignored.
    """

    task = 'contour'
    target_key = 'gt_contour_map'

    def __init__(self, *, num_classes: int, loss_decode: dict | None = None, **kwargs) -> None:
        super().__init__(
            kwargs,
            num_classes=num_classes + 1,
            out_channels=num_classes + 1,
            loss_decode=loss_decode or dict(type='BalancedCrossEntropyLoss'),
        )

    def _check_target(self, sample: SegDataSample) -> None:
        super()._check_target(sample)
        self._check_classes(sample, 'contour_classes', self.num_classes - 1)

    def predict_map(self, seg_logits: Tensor) -> Tensor:
        """Return the contour classes, (B, H, W) uint8 in 0..C."""
        return seg_logits.argmax(1).byte()

    def count(self, seg_logits: Tensor, target: np.ndarray) -> np.ndarray:
        """Return the confusion matrix of one image."""
        return contour_counts(
            self.predict_map(seg_logits)[0].cpu().numpy(), target, self.num_classes - 1
        )

    def scores(self, counts: np.ndarray) -> dict[str, float]:
        """Return mIoU."""
        return contour_scores(counts)


class DistanceTask(BoundaryTask):
    """Distance transforms: classification into levels, or regression of the fraction.

    Args:
        levels: Number of levels; the head predicts levels + 1 classes, 0 being stuff. None =
            one output, regressed by smooth L1 on targets made with `distance='fraction'`.
        loss_decode: Config of the loss, `BalancedCrossEntropyLoss` or `BalancedSmoothL1Loss` by
            default.
        **kwargs: Arguments of the head.

    Shape: features to logits (B, levels + 1, h, w) or (B, 1, h, w); `gt_distance_map` (1, H, W)
    uint8, 255 ignored, or float32 fractions, negative ignored.
    """

    task = 'distance'
    target_key = 'gt_distance_map'

    def __init__(
        self, *, levels: int | None = 5, loss_decode: dict | None = None, **kwargs
    ) -> None:
        self.levels = levels
        if levels is None:
            super().__init__(
                kwargs,
                num_classes=2,
                out_channels=1,
                threshold=0.5,
                loss_decode=loss_decode or dict(type='BalancedSmoothL1Loss'),
            )
        else:
            super().__init__(
                kwargs,
                num_classes=levels + 1,
                out_channels=levels + 1,
                loss_decode=loss_decode
                or dict(type='BalancedCrossEntropyLoss', loss_name='loss_distance'),
            )

    def _stack_batch_gt(self, batch_data_samples: SampleList) -> Tensor:
        """Return the targets, checked to be levels or fractions as the head wants them."""
        targets = super()._stack_batch_gt(batch_data_samples)
        if targets.is_floating_point() != (self.levels is None):
            raise ConfigError(
                f'{type(self).__name__} with levels={self.levels} needs '
                f'GenerateBoundaryTargets(distance='
                f"'{'fraction' if self.levels is None else 'levels'}'), got targets of "
                f'{targets.dtype}'
            )
        return targets

    def _check_target(self, sample: SegDataSample) -> None:
        super()._check_target(sample)
        self._check_classes(sample, 'distance_levels', self.levels)

    def predict_map(self, seg_logits: Tensor) -> Tensor:
        """Return the levels, (B, H, W) uint8, or the fractions, float32 in [0, 1]."""
        if self.levels is None:
            return seg_logits[:, 0].float().clamp(0, 1)
        return seg_logits.argmax(1).byte()

    def count(self, seg_logits: Tensor, target: np.ndarray) -> np.ndarray:
        """Return `metrics.distance_counts` of one image."""
        return distance_counts(self.predict_map(seg_logits)[0].cpu().numpy(), target)

    def scores(self, counts: np.ndarray) -> dict[str, float]:
        """Return accuracy."""
        return distance_scores(counts)
