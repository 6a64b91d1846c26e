"""A model of a config: one training step and one prediction, and what does not come out of them."""

from typing import Any, NamedTuple

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmseg.registry import MODELS, TRANSFORMS
from mmseg_models import CLASSES

from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.classifier_replay import ClassifierReplay


class Refusal(NamedTuple):
    """A message, and whether it came when the model was built."""

    message: str
    at_build: bool


def tried(config: dict, calibrated: bool = False) -> Refusal | None:
    """Build a model, train it by one step, and let it predict; any error but a refusal is raised.

    Args:
        config: The model's.
        calibrated: Whether to shift the logits of the prediction, and to replay it, as well.
    """
    torch.manual_seed(0)
    side, _ = config['data_preprocessor']['size']
    batch = _batch(config, side)
    try:
        model = MODELS.build(config)
    except ConfigError as error:
        return Refusal(str(error), at_build=True)
    try:
        _train(model, batch)
        _predict(model.eval(), batch, side)
        if calibrated:
            _calibrate(model, batch, side)
    except ConfigError as error:
        return Refusal(str(error), at_build=False)
    return None


def _batch(config: dict, side: int) -> dict[str, Any]:
    """Draw two images, of which LR-ASPP, whose images are large, has one."""
    targets = dict(type='GenerateBoundaryTargets', num_classes=CLASSES)
    pack = dict(type='PackBoundaryInputs')
    if config['data_preprocessor']['type'] == 'SegDataPreProcessor':
        # PIDNet's head learns edges of mmseg's own.
        targets, pack = dict(type='GenerateEdge', edge_width=4), dict(type='PackSegInputs')
    pipeline = Compose([TRANSFORMS.build(targets), TRANSFORMS.build(pack)])
    rng = np.random.default_rng(0)
    return pseudo_collate([pipeline(_sample(rng, side)) for _ in range(1 if side > 64 else 2)])


def _sample(rng: np.random.Generator, side: int) -> dict[str, Any]:
    classes = rng.integers(0, CLASSES, (4, 4), dtype=np.uint8).repeat(side // 4, 0)
    labels = classes.repeat(side // 4, 1)
    labels[:2] = 255
    noise = rng.integers(0, 60, (side, side, 3), dtype=np.uint8)
    return dict(
        img=noise + 40 * labels.clip(max=CLASSES - 1)[..., None], img_path='drawn.png',
        seg_map_path='drawn.png', img_shape=(side, side), ori_shape=(side, side),
        gt_seg_map=labels, seg_fields=['gt_seg_map'], reduce_zero_label=False,
    )  # fmt: skip


def _train(model: Any, batch: dict) -> None:
    """Take the step that mmengine's loop takes."""
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    losses = model.train().train_step(batch, OptimWrapper(optimizer, accumulative_counts=10))
    assert losses['loss'].isfinite(), losses
    for parameter, value in model.named_parameters():
        # mmseg itself does not train this one, of STDC's auxiliary head.
        if not parameter.endswith('fusion_kernel'):
            assert value.grad is not None and value.grad.isfinite().all(), parameter
    assert any(value.grad.any() for value in model.backbone.parameters())
    optimizer.step()


def _predict(model: Any, batch: dict, side: int) -> None:
    for sample in model.test_step(batch):
        predicted = sample.pred_sem_seg.data
        assert predicted.shape == (1, side, side)
        assert predicted.min() >= 0 and predicted.max() < CLASSES
        assert sample.seg_logits.data.isfinite().all()


def _calibrate(model: Any, batch: dict, side: int) -> None:
    data = model.data_preprocessor(batch, False)
    inputs, sample = data['inputs'][:1], data['data_samples'][0]
    assert BiasedModel(model).logits(inputs, sample).shape == (CLASSES, side, side)
    replay = ClassifierReplay(model)
    classes, features = replay.predict(inputs, sample)
    assert replay.replay(features, replay.weight, inputs, sample).equal(classes)
