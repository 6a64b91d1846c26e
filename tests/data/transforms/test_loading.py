"""Label loading outside of training: inference without labels, data sets of others."""

import copy
import pickle

import numpy as np
import pytest
import torch
from layouts import photo, write_camvid, write_synthia
from mmengine.config import Config
from mmseg.apis import MMSegInferencer, inference_model
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS, MODELS

from mmseg_ext.common.errors import ConfigError, DataError, PipelineError
from mmseg_ext.data import CamVidDataset, LoadCheckedLabels, LoadInstanceMap, SynthiaDataset
from mmseg_ext.data.transforms.seg_fields import SegFields

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
    # The first of `test`, as `write_camvid` draws it.
    from_array = inference_model(model, photo(160, (24, 36))[..., ::-1].copy())
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


@pytest.mark.parametrize(
    ('more', 'key'),
    [
        ([dict(type='LoadCheckedLabels')], 'gt_seg_map'),
        ([dict(type='LoadAnnotations')], 'gt_seg_map'),
        ([dict(type='RandomApply', prob=1.0, transforms=[dict(type='LoadInstanceMap')])],
         'gt_instance_map'),
    ],
)  # fmt: skip
def test_a_map_that_is_loaded_twice_is_refused_with_the_order(tmp_path, load_instances, more, key):
    write_synthia(tmp_path)
    pipeline = [*load_instances, *more, dict(type='RandomFlip', prob=1.0)]
    dataset = SynthiaDataset(split='train', data_root=str(tmp_path), pipeline=pipeline)
    order = 'LoadImageFromFile, LoadCheckedLabels, LoadInstanceMap, (Load|RandomApply.Load).*Flip$'
    with pytest.raises(ConfigError, match=f'{key} is loaded twice.*The pipeline is: {order}'):
        dataset[0]


@pytest.mark.parametrize('joined', [False, True])
def test_labels_loaded_twice_by_a_data_set_of_others(tmp_path, joined):
    write_camvid(tmp_path)
    plain = dict(
        type='BaseSegDataset',
        img_suffix='.png',
        metainfo=dict(classes=CamVidDataset.METAINFO['classes']),
        data_root=str(tmp_path),
        data_prefix=dict(img_path='images/val', seg_map_path='annotations/val'),
        pipeline=[dict(type='LoadImageFromFile'), *[dict(type='LoadAnnotations')] * 2],
    )
    inner = dict(type='ConcatDataset', datasets=[plain]) if joined else plain
    dataset = DATASETS.build(dict(type='GuardedDataset', dataset=inner))
    order = 'The pipeline is: LoadImageFromFile, LoadAnnotations, LoadAnnotations$'
    with pytest.raises(ConfigError, match=f'gt_seg_map is loaded twice.*{order}'):
        dataset[0]


def test_seg_fields_are_a_list_that_can_be_copied_and_sent_to_a_worker():
    fields = SegFields(['gt_seg_map'])
    for other in (copy.deepcopy(fields), pickle.loads(pickle.dumps(fields))):
        assert other == ['gt_seg_map']
        other.extend(['gt_instance_map'])
        with pytest.raises(PipelineError, match='gt_instance_map is loaded twice'):
            other.append('gt_instance_map')


@pytest.mark.parametrize(
    ('ids', 'dtype'), [([0, 65535], np.uint16), ([0, 65536], np.int32), ([0, 2**31 - 1], np.int32)]
)
def test_instance_ids_keep_their_value(ids, dtype):
    instances = LoadInstanceMap()(sample_of(np.array([ids])))['gt_instance_map']
    assert instances.dtype == dtype and instances.tolist() == [ids]


@pytest.mark.parametrize('ids', [[-1, 3], [0, 2**31]])
def test_instance_ids_that_would_become_others_are_refused(ids):
    with pytest.raises(DataError, match=rf'label.png: instance ids from {ids[0]} to {ids[1]}'):
        LoadInstanceMap()(sample_of(np.array([ids])))


def sample_of(instances):
    def read(path, with_instances=True):
        return np.zeros(instances.shape, np.uint8), instances

    return dict(read_labels=read, seg_map_path='label.png', ori_shape=instances.shape)
