"""Every kind of model of this package, and every option, decides as in mmseg when exported."""

import cv2
import numpy as np
import pytest

from mmseg_debias import main
from mmseg_ext.prediction.exported.onnx_predictor import OnnxPredictor

pytestmark = pytest.mark.slow

MIXTURE = """
model = dict(decode_head=dict(
    _delete_=True, type='GMMSkipHead', in_channels=[8, 16, 32, 64], in_index=[0, 1, 2, 3],
    channels=8, dilations=(1, 2), separable=True, latent_channels=4, global_channels=4,
    num_classes=11, norm_cfg=dict(type='BN')))
"""
WINDOWS = """
metainfo = dict(classes=('Sky', 'Building', 'Pole'), palette=[[1, 2, 3], [40, 50, 60], [7, 80, 9]])
_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]
test_dataloader = dict(dataset=dict(metainfo=metainfo, pipeline=_pipeline))
model = dict(
    data_preprocessor=dict(test_cfg=dict(size_divisor=32)),
    decode_head=dict(num_classes=3),
    auxiliary_head=None,
    test_cfg=dict(mode='slide', crop_size=(64, 64), stride=(40, 48)))
"""
ONE_LOGIT = """
metainfo = dict(classes=('Sky', 'Building'), palette=[[1, 2, 3], [40, 50, 60]])
test_dataloader = dict(dataset=dict(metainfo=metainfo))
model = dict(decode_head=dict(num_classes=2, out_channels=1, threshold=0.3,
             loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True, _delete_=True)),
             auxiliary_head=None)
"""
SMALL = 'tests/tools/tiny_camvid.py'
RECIPES = {
    'mixture': (SMALL, MIXTURE, []),
    'hourglass': (
        'configs/boundary/boundary_hourglass_vgg16-small_1xb6-600_camvid-240x320.py', '', [],
    ),
    # EfficientNet-Lite, plain skips, boundary tasks; its pipeline resizes.
    'recommended': ('configs/recommended/camvid-240x320.py', '', []),
    'windows': (
        SMALL, WINDOWS,
        ['--input', 'tensor', '--outputs', 'head-logits', '--multiple', '32'],
    ),
    'one-logit': (SMALL, ONE_LOGIT, ['--outputs', 'classes', '--size', '64', '96']),
}  # fmt: skip
METHODS = {'mixture': 'gmm', 'recommended': 'gmm', 'hourglass': 'boundary'}


@pytest.mark.parametrize(
    'recipe',
    [
        pytest.param(name, marks=[pytest.mark.methods(METHODS[name])] if name in METHODS else [])
        for name in RECIPES
    ],
)
def test_as_mmseg(recipe, write_model, of_mmseg, picture, tmp_path, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path / 'none'))
    base, text, options = RECIPES[recipe]
    config, checkpoint = write_model(text, base)
    out = tmp_path / 'model.onnx'
    assert main(['export', str(config), str(checkpoint), '--out', str(out), *options]) == 0
    predictor = OnnxPredictor(out)
    for seed, size in enumerate([(64, 96)] if '--size' in options else [(64, 96), (45, 77)]):
        file = tmp_path / f'{seed}.png'
        cv2.imwrite(str(file), picture(seed, *size))
        classes, _ = of_mmseg(config, checkpoint, file)
        assert len(np.unique(classes)) > 1
        assert (predictor(file).classes == classes).mean() >= 0.9995
