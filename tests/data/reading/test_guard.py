"""Bad samples: in the main process and in workers, raised or skipped, always with their names."""

import cv2
import numpy as np
import pytest
import torch
from layouts import write_camvid
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from torch.utils.data import DataLoader

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.reading.guard import REPLACED
from mmseg_ext.data.samplers.draws import SeededInfiniteSampler

CLASSES = ('a', 'b', 'c')
PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]


@pytest.fixture
def folder(tmp_path):
    """Five frames of mmseg's plain layout; the label of frame 2 has three pixels of id 7."""
    init_default_scope('mmseg')
    rng = np.random.default_rng(0)
    for name in ('images', 'labels'):
        (tmp_path / name).mkdir()
    for index in range(5):
        labels = rng.integers(0, 3, (8, 10), dtype=np.uint8)
        labels[0, 0] = 255
        if index == 2:
            labels[1, :3] = 7
        cv2.imwrite(str(tmp_path / 'labels' / f'{index}.png'), labels)
        image = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / 'images' / f'{index}.png'), image)
    return tmp_path


def plain(folder, pipeline=PIPELINE):
    return dict(
        type='BaseSegDataset',
        data_root=str(folder),
        img_suffix='.png',
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        metainfo=dict(classes=CLASSES),
        pipeline=pipeline,
    )


def guarded(folder, pipeline=PIPELINE, **arguments):
    return DATASETS.build(dict(type='GuardedDataset', dataset=plain(folder, pipeline), **arguments))


def load(dataset, workers: int, batches: int, skip: int = 0) -> list:
    """Draw batches of two as a training does."""
    sampler = SeededInfiniteSampler(dataset, seed=3)
    sampler.skip(2 * skip)
    loader = DataLoader(
        dataset, batch_size=2, sampler=sampler, num_workers=workers, collate_fn=list
    )
    iterator = iter(loader)
    return [next(iterator) for _ in range(batches)]


def test_a_data_set_without_classes_is_refused(folder):
    with pytest.raises(ConfigError, match='BaseSegDataset does not tell its classes'):
        DATASETS.build(dict(type='GuardedDataset', dataset=dict(plain(folder), metainfo=None)))


def test_ignored_pixels_with_the_id_of_a_class_are_refused(folder):
    with pytest.raises(ConfigError, match='id 2 is that of the ignored pixels and of one of the 3'):
        guarded(folder, ignore_index=2)


def test_a_policy_inside_is_refused(tmp_path):
    write_camvid(tmp_path)
    inner = dict(type='CamVidDataset', split='train', data_root=str(tmp_path), on_bad_sample='skip')
    joined = dict(type='ConcatDataset', datasets=[inner])
    with pytest.raises(ConfigError, match="on_bad_sample='skip' of the CamVidDataset inside"):
        DATASETS.build(dict(type='GuardedDataset', dataset=joined))


def test_an_id_out_of_range_is_named(folder):
    dataset = guarded(folder)
    assert len(dataset) == 5 and dataset.metainfo['classes'] == CLASSES
    assert dataset[1]['data_samples'].gt_sem_seg.shape == (8, 10)
    with pytest.raises(
        DataError,
        match=r'images/2\.png with .*labels/2\.png: id 7 \(3 pixels\) in the labels after the '
        r'pipeline; valid ids are 0-2 and 255',
    ):
        dataset[2]


@pytest.mark.parametrize('workers', [0, 2])
def test_a_bad_sample_ends_a_training_with_its_name(folder, workers):
    with pytest.raises(DataError, match=r'labels/2\.png: id 7'):
        load(guarded(folder), workers, batches=5)


@pytest.mark.slow
def test_whatever_fails_names_the_files(folder):
    (folder / 'images' / '1.png').write_bytes(b'')
    with pytest.raises(DataError, match=r'images/1\.png with .*labels/1\.png: \w+: '):
        guarded(folder)[1]
    (folder / 'labels' / '3.png').unlink()
    with pytest.raises(DataError, match=r'labels/3\.png: FileNotFoundError'):
        guarded(folder)[3]


def test_an_altered_label_file_is_named(folder):
    path = folder / 'labels' / '1.png'
    content = bytearray(path.read_bytes())
    # The last byte of the checksum of the pixels, which mmseg's reader does not look at.
    content[-13] ^= 1
    path.write_bytes(content)
    assert DATASETS.build(plain(folder))[1] is not None
    with pytest.raises(DataError, match=r'labels/1\.png: cannot be decoded \(wrong checksum'):
        guarded(folder)[1]


def test_none_from_a_pipeline_is_no_reason_to_take_another_sample(folder):
    nothing = [*PIPELINE[:2], lambda results: None]
    with pytest.raises(DataError, match=r'images/0\.png with .*Exception.*valid image'):
        guarded(folder, nothing)[0]
    nested = dict(type='ConcatDataset', datasets=[plain(folder, nothing), plain(folder)])
    with pytest.raises(DataError, match=r'images/0\.png'):
        DATASETS.build(dict(type='GuardedDataset', dataset=nested))[0]


@pytest.mark.parametrize('workers', [0, 1, 2])
def test_samples_follow_from_seed_and_position(folder, workers):
    (folder / 'labels' / '2.png').write_bytes((folder / 'labels' / '1.png').read_bytes())
    dataset = guarded(folder)
    expected = load(dataset, workers=0, batches=5)
    found = load(dataset, workers, batches=3, skip=2)
    for ours, theirs in zip(found, expected[2:], strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert torch.equal(one['inputs'], other['inputs'])
            assert one['data_samples'].img_path == other['data_samples'].img_path
    # A sample that is drawn again is augmented in another way.
    images = [sample for batch in expected for sample in batch]
    again = [s for s in images if s['data_samples'].img_path == images[0]['data_samples'].img_path]
    assert len(again) == 2 and not torch.equal(again[0]['inputs'], again[1]['inputs'])


@pytest.mark.parametrize('workers', [0, 2])
def test_skipped_samples_are_replaced_and_reported(folder, workers):
    dataset = guarded(folder, on_bad_sample='skip')
    batches = load(dataset, workers, batches=5)
    samples = [sample['data_samples'] for batch in batches for sample in batch]
    replaced = [s for s in samples if REPLACED in s.metainfo]
    assert len(replaced) == 2, 'each pass over the five samples meets it once'
    for sample in replaced:
        (fault,) = sample.metainfo[REPLACED]
        assert 'labels/2.png: id 7' in fault
        assert '/2.png' not in sample.img_path
    # The same again from the middle: a resumed training takes the same samples.
    resumed = load(dataset, workers, batches=3, skip=2)
    paths = [s['data_samples'].img_path for batch in resumed for s in batch]
    assert paths == [sample.img_path for sample in samples[4:]]


def test_nothing_is_skipped_outside_training(folder):
    with pytest.raises(DataError, match='id 7'):
        guarded(folder, on_bad_sample='skip')[2]


def test_a_data_set_without_a_good_sample(folder):
    for label in (folder / 'labels').iterdir():
        label.write_bytes(b'')
    with pytest.raises(DataError, match='100 samples drawn one after the other are bad'):
        load(guarded(folder, on_bad_sample='skip'), workers=0, batches=1)


def test_an_unknown_policy(folder):
    with pytest.raises(ConfigError, match="'raise' or 'skip', it is 'ignore'"):
        guarded(folder, on_bad_sample='ignore')
