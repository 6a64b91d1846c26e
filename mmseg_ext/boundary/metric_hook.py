"""Scores of the boundary tasks in validation and test, on request."""

from typing import Any

import numpy as np
import torch
from mmengine.dist import all_reduce, get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner, autocast
from mmseg.models.utils import resize
from mmseg.registry import HOOKS
from torch import nn

from mmseg_ext.boundary.tasks import BoundaryTask
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.score_names import score_name


@HOOKS.register_module()
class BoundaryMetricHook(Hook):
    """Run the auxiliary boundary heads in validation and test too, and score them.

    mmseg's `EncoderDecoder` drops auxiliary heads outside training, so without this hook they
    cost nothing and say nothing. The hook keeps the features of each forward, runs the heads on
    them and adds to the metrics, in percent:

    - `edge/precision`, `edge/recall`, `edge/F` at a tolerance of 2 pixels
    - `contour/mIoU` over the classes, background left out
    - `distance/accuracy` on the pixels of instances

    Of several heads of one task, each has a number: `edge_0/F`, `edge_1/F`.

    The test pipeline must end in `GenerateBoundaryTargets` (after the labels are loaded) and
    `PackBoundaryInputs`; `model.test_cfg.mode` must be 'whole'. Use it with
    `custom_hooks=[dict(type='BoundaryMetricHook')]`. Under test-time augmentation it has no scores
    and says so in the log.

    Raises:
        ConfigError: At the start of a validation or test: the model has no boundary head, or does
            not predict whole images. During it: a sample has no target.

    Source: our decision.
    """

    def __init__(self) -> None:
        self._features: Any = None
        self._counts: dict[str, np.ndarray] = {}
        self._heads: dict[str, BoundaryTask] = {}
        self._handle: Any = None

    def _before_epoch(self, runner: Runner, mode: str = 'train') -> None:
        if mode == 'train':
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        self._heads, self._counts, self._handle = {}, {}, None
        if isinstance(model, BaseTTAModel):
            runner.logger.warning(
                'BoundaryMetricHook: no scores of the boundary tasks, as test-time augmentation '
                'merges the predictions of the classes only'
            )
            return
        auxiliary = model.auxiliary_head if model.with_auxiliary_head else []
        if not isinstance(auxiliary, nn.ModuleList):
            auxiliary = [auxiliary]
        heads = [head for head in auxiliary if isinstance(head, BoundaryTask)]
        tasks = [head.task for head in heads]
        self._heads = {
            task if tasks.count(task) == 1 else f'{task}_{tasks[:index].count(task)}': head
            for index, (task, head) in enumerate(zip(tasks, heads, strict=True))
        }
        if not self._heads:
            raise ConfigError(
                "BoundaryMetricHook found no boundary head among the model's "
                'auxiliary_head; remove the hook or add one'
            )
        if model.test_cfg.get('mode', 'whole') != 'whole':
            raise ConfigError("BoundaryMetricHook needs test_cfg=dict(mode='whole')")
        source = model.neck if model.with_neck else model.backbone
        self._handle = source.register_forward_hook(self._keep)

    def _keep(self, module: nn.Module, inputs: Any, features: Any) -> None:
        self._features = features

    @torch.no_grad()
    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
        mode: str = 'train',
    ) -> None:
        if mode == 'train':
            return
        loop = runner.val_loop if mode == 'val' else runner.test_loop
        loader = loop.dataloader
        first = batch_idx * loader.batch_size
        for name, head in self._heads.items():
            with autocast(enabled=loop.fp16):
                logits = head(self._features).float()
            for index, sample in enumerate(outputs):
                target = head._stack_batch_gt([sample])[0]
                of_image = _unpad(
                    logits[index : index + 1], sample, target.shape, head.align_corners
                )
                count = head.count(of_image, target.cpu().numpy())
                # Samplers repeat images so that every process has as many.
                repeated = (first + index) * get_world_size() + get_rank() >= len(loader.dataset)
                self._counts[name] = self._counts.get(name, 0) + count * (not repeated)

    def _report(self, runner: Runner, metrics: dict[str, float], mode: str) -> None:
        if self._handle is not None:
            self._handle.remove()
        self._features = None
        for task, head in self._heads.items():
            count = torch.from_numpy(self._counts[task])
            all_reduce(count)
            for score, value in head.scores(count.numpy()).items():
                name = score_name(task, score)
                metrics[name] = value
                runner.message_hub.update_scalar(f'{mode}/{name}', value)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Add the scores of the validation."""
        self._report(runner, {} if metrics is None else metrics, 'val')

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Add the scores of the test."""
        self._report(runner, {} if metrics is None else metrics, 'test')


def _unpad(
    logits: torch.Tensor, sample: Any, shape: torch.Size, align_corners: bool
) -> torch.Tensor:
    """Resize logits (1, K, h, w) of a padded image to its target's (H, W)."""
    padding = sample.metainfo.get('img_padding_size', (0, 0, 0, 0))
    bilinear = dict(mode='bilinear', align_corners=align_corners)
    if any(padding):
        height, width = sample.metainfo['pad_shape'][:2]
        logits = resize(logits, size=(height, width), **bilinear)
        logits = logits[..., padding[2] : height - padding[3], padding[0] : width - padding[1]]
    return resize(logits, size=shape, **bilinear)
