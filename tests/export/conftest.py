"""Tiny models with random weights, and images of several sizes; no data set is there."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.apis import inference_model, init_model
from mmseg.registry import MODELS

from mmseg_debias import main

# Two stages are enough, and exported sooner than four.
SHALLOW = """
_backbone = dict(num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(0, 1))
model = dict(
    backbone=_backbone, decode_head=dict(in_channels=16, in_index=1), auxiliary_head=None)
"""
# Class suppression, boundary tasks and padding, calibrated: all that an export has to fold.
SUPPRESSED = """
_edge = dict(type='EdgeHead', in_channels=8, in_index=0, channels=4)
model.update(
    data_preprocessor=dict(type='BoundaryDataPreProcessor', test_cfg=dict(size_divisor=16)),
    auxiliary_head=[_edge])
model['decode_head'].update(type='ClassSuppressionHead', head_type='FCNHead')
"""


@pytest.fixture(scope='session')
def picture():
    """Draw smooth colours that a model tells apart, uint8 (H, W, 3), BGR."""

    def draw(seed, height, width):
        small = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)

    return draw


@pytest.fixture(scope='session')
def write_model(tmp_path_factory, repository):
    """Write a config on top of the tiny one or another, and a checkpoint of it; gives both."""

    def write(text='', base='tests/tools/tiny_camvid.py', **meta):
        init_default_scope('mmseg')
        folder = tmp_path_factory.mktemp('model')
        config = folder / 'model.py'
        config.write_text(f"_base_ = '{repository}/{base}'\n{text}")
        torch.manual_seed(0)
        model_config = Config.fromfile(config).model
        model_config.backbone.pop('init_cfg', None)
        model = revert_sync_batchnorm(MODELS.build(model_config))
        for module in model.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
        torch.save(dict(meta=meta, state_dict=model.state_dict()), folder / 'model.pth')
        return config, folder / 'model.pth'

    return write


@pytest.fixture(scope='session')
def shallow():
    """The text of a config that is exported soon."""
    return SHALLOW


@pytest.fixture(scope='session')
def suppressed(write_model):
    """Config and checkpoint of a model with class suppression, as if it had been calibrated."""
    return write_model(SHALLOW + SUPPRESSED, calibration=dict(scale=0.5))


@pytest.fixture(scope='session')
def exported(suppressed, tmp_path_factory):
    """Its export with the default options."""
    out = tmp_path_factory.mktemp('exported') / 'model.onnx'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMSEG_EXT_DATA', str(out.parent / 'none'))
        assert main(['export', *map(str, suppressed), '--out', str(out)]) == 0
    return out


@pytest.fixture(scope='session')
def photos(tmp_path_factory, picture):
    """A folder of three sizes."""
    folder = tmp_path_factory.mktemp('photos')
    for seed, size in enumerate(((48, 64), (31, 77), (90, 33))):
        cv2.imwrite(str(folder / f'{seed}.png'), picture(seed, *size))
    return folder


@pytest.fixture(scope='session')
def of_mmseg():
    """Predict a file by mmseg's own interface; gives class ids and logits, float64."""

    def predict(config, checkpoint, file):
        model = init_model(str(config), str(checkpoint), device='cpu')
        sample = inference_model(model, str(file))
        return sample.pred_sem_seg.data[0].numpy(), sample.seg_logits.data.double().numpy()

    return predict
