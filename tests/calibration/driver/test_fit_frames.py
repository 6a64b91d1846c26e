"""Which frames a model is calibrated on, and through which pipeline."""

import pytest
from drawn_camvid import draw_camvid
from mmengine.config import Config

from mmseg_ext.calibration.driver.fit_frames import (
    check_split,
    fit_set,
    refuse_test_frames,
    sample_frames,
)
from mmseg_ext.common.errors import ConfigError

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadCheckedLabels')]
CROP = dict(type='RandomCrop', crop_size=(8, 8))
PACK = dict(type='PackSegInputs')


@pytest.fixture
def camvid(tmp_path):
    """A config of a drawn CamVid whose training crops; its parts are to be changed."""
    draw_camvid(tmp_path)

    def loader(split, *steps):
        pipeline = [*LOAD, *steps, PACK]
        return dict(
            dataset=dict(
                type='CamVidDataset', data_root=str(tmp_path), split=split, pipeline=pipeline
            )
        )

    return Config(
        dict(
            model=dict(),
            train_dataloader=loader('train', CROP),
            val_dataloader=loader('val'),
            test_dataloader=loader('test'),
        )
    )


def test_training_frames_go_whole_through_the_pipeline_of_the_test(camvid):
    found = fit_set(camvid, 'train')
    assert found.split == 'train' and len(found) == 4
    assert found[0]['inputs'].shape == (3, 48, 64)
    assert camvid.train_dataloader.dataset.pipeline[2].type == 'RandomCrop'
    assert fit_set(camvid, 'val').split == 'val'
    for use in ('test', 'val'):
        # An image alone: without labels there is nothing to fit on.
        camvid[f'{use}_dataloader'].dataset.pipeline = [LOAD[0], PACK]
        if use == 'test':
            assert 'gt_sem_seg' in fit_set(camvid, 'train')[0]['data_samples']
    with pytest.raises(ConfigError, match='whose pipeline loads labels'):
        fit_set(camvid, 'train')


def test_each_frame_inside_of_wrappers_is_taken_once(camvid):
    plain = camvid.train_dataloader.dataset
    camvid.train_dataloader.dataset = dict(
        type='GuardedDataset', dataset=dict(type='RepeatDataset', times=3, dataset=plain)
    )
    assert len(fit_set(camvid, 'train')) == 4
    joined = [plain, dict(plain, split='val')]
    camvid.train_dataloader.dataset = dict(type='ConcatDataset', datasets=joined)
    assert len(fit_set(camvid, 'train')) == 8


@pytest.mark.parametrize(
    'metainfo',
    [
        # mmengine raises another error where the type differs.
        (dict(note=1), dict(note=2)),
        (dict(note=1), dict(note=2.0)),
        (dict(), dict(classes=('Sky',), palette=[[0, 0, 0]])),
    ],
)
def test_joined_data_sets_that_differ(camvid, metainfo):
    plain = camvid.train_dataloader.dataset
    joined = [dict(plain, metainfo=each) for each in metainfo]
    camvid.train_dataloader.dataset = dict(type='ConcatDataset', datasets=joined)
    with pytest.raises(ConfigError, match='train_dataloader: its data sets differ'):
        fit_set(camvid, 'train')


def test_data_sets_of_mmseg_and_their_own_loading(camvid, tmp_path):
    """The names of the classes come from the config; drives and shares are not known."""
    plain = dict(
        type='BaseSegDataset', data_root=str(tmp_path), img_suffix='.png',
        metainfo=dict(classes=tuple('abcdefghijk'), palette=[[0, 0, 0]] * 11),
    )  # fmt: skip
    pipeline = [LOAD[0], dict(type='LoadAnnotations'), PACK]
    for use in ('train', 'test'):
        folders = dict(img_path=f'images/{use}', seg_map_path=f'annotations/{use}')
        camvid[f'{use}_dataloader'].dataset = dict(
            plain, data_prefix=folders, pipeline=[*pipeline[:2], CROP, PACK]
        )
    camvid.test_dataloader.dataset.pipeline = pipeline
    found = fit_set(camvid, 'train')
    sample = found[0]
    assert len(found) == 4 and sample['inputs'].shape == (3, 48, 64)
    assert 'images/train' in sample['data_samples'].img_path
    assert sample['data_samples'].gt_sem_seg.data.max() == 10
    assert refuse_test_frames(camvid, found) is None


def test_bad_frames_are_told_and_not_replaced(camvid):
    camvid.train_dataloader.dataset.on_bad_sample = 'skip'
    assert fit_set(camvid, 'train').on_bad_sample == 'raise'


def test_frames_of_the_test_are_refused_by_whatever_split_they_come(camvid):
    found = fit_set(camvid, 'train')
    assert refuse_test_frames(camvid, found) is None
    camvid.test_dataloader.dataset.split = 'train'
    with pytest.raises(ConfigError, match='4 of the 4 frames to fit on are in test_dataloader too'):
        refuse_test_frames(camvid, found)
    camvid.allow_overlap = True
    assert refuse_test_frames(camvid, found) is None
    camvid.allow_overlap = False
    camvid.test_dataloader.dataset.data_root = '/no/such/folder'
    assert 'was not checked, for those are not here' in refuse_test_frames(camvid, found)


def test_the_test_split_is_refused():
    with pytest.raises(ConfigError, match='--split test: a model that was calibrated on the test'):
        check_split('test')
    with pytest.raises(ConfigError, match='--split shift: give one of train, val'):
        check_split('shift')


def test_frames_are_drawn_by_the_seed():
    assert sample_frames(3, 5, 0) == [0, 1, 2]
    drawn = sample_frames(1000, 50, 1)
    assert len(set(drawn)) == 50 and drawn == sorted(drawn) == sample_frames(1000, 50, 1)
    assert drawn != sample_frames(1000, 50, 2)
