"""Label loading outside of training: inference without labels, data sets of others."""

import numpy as np
import pytest
import torch
from layouts import photo, write_camvid
from mmengine.config import Config
from mmseg.apis import MMSegInferencer, inference_model
from mmseg.datasets import BaseSegDataset
from mmseg.registry import MODELS

from mmseg_ext.data import CamVidDataset, LoadCheckedLabels, LoadInstanceMap
from mmseg_ext.errors import ConfigError

TEST_PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(48, 32), keep_ratio=False),
    dict(type='LoadCheckedLabels'),
    dict(type='LoadInstanceMap'),
    dict(type='PackSegInputs'),
]
CONFIG = dict(
    default_scope='mmseg',
    visualizer=dict(
        type='SegLocalVisualizer', name='test_loading', vis_backends=[dict(type='LocalVisBackend')]
    ),
    model=dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor', bgr_to_rgb=True),
        backbone=dict(type='ResNet', depth=18, base_channels=8, stem_channels=8),
        decode_head=dict(type='FCNHead', in_channels=64, channels=4, num_convs=1, num_classes=11),
        train_cfg=dict(),
        test_cfg=dict(mode='whole'),
    ),
    test_pipeline=TEST_PIPELINE,
    test_dataloader=dict(
        dataset=dict(
            type='CamVidDataset', split='test', data_root='data/camvid', pipeline=TEST_PIPELINE
        )
    ),
)


@pytest.fixture
def model():
    config = Config(CONFIG)
    model = MODELS.build(config.model).eval()
    model.cfg = config
    model.dataset_meta = CamVidDataset.METAINFO
    return model


def test_inference_model(model, tmp_path):
    write_camvid(tmp_path)
    from_file = inference_model(model, str(tmp_path / 'images/test/test_00000.png'))
    from_array = inference_model(model, photo(0, (24, 36))[..., ::-1].copy())
    assert from_file.pred_sem_seg.data.shape == (1, 24, 36)
    torch.testing.assert_close(from_file.seg_logits.data, from_array.seg_logits.data)


def test_inferencer(model, tmp_path):
    Config(CONFIG).dump(tmp_path / 'config.py')
    torch.save(
        dict(state_dict=model.state_dict(), meta=dict(dataset_meta=model.dataset_meta)),
        tmp_path / 'model.pth',
    )
    write_camvid(tmp_path)
    inferencer = MMSegInferencer(
        str(tmp_path / 'config.py'), str(tmp_path / 'model.pth'), device='cpu'
    )
    predictions = inferencer(str(tmp_path / 'images/test/test_00000.png'))['predictions']
    assert np.shape(predictions) == (24, 36)


def test_sample_without_labels_is_unchanged():
    sample = dict(img=1)
    assert LoadInstanceMap()(LoadCheckedLabels()(sample)) == dict(img=1)


def test_data_sets_of_others_are_refused(tmp_path, load):
    write_camvid(tmp_path)
    dataset = BaseSegDataset(
        img_suffix='.png',
        metainfo=dict(classes=('a',)),
        data_root=str(tmp_path),
        pipeline=load,
        data_prefix=dict(img_path='images/val', seg_map_path='annotations/val'),
    )
    with pytest.raises(ConfigError, match="need a data set of mmseg_ext; use mmseg's Load"):
        dataset[0]


def test_no_instances(tmp_path, load_instances):
    write_camvid(tmp_path)
    dataset = CamVidDataset(split='val', data_root=str(tmp_path), pipeline=load_instances)
    with pytest.raises(ConfigError, match='this data set has no instances'):
        dataset[0]
