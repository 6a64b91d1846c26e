"""The pipeline's end: instances in step, targets made, packed and padded."""

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmseg.registry import DATASETS, MODELS, TRANSFORMS
from numpy.testing import assert_allclose, assert_array_equal

from mmseg_ext.boundary.targets import distance_levels, distance_map, edge_map, semantic_contour
from mmseg_ext.boundary.transforms import GenerateBoundaryTargets
from mmseg_ext.common.errors import ConfigError

CLASS_OF_INSTANCE = np.concatenate([[0], np.arange(1, 2000) % 5])


def checkerboard(dtype=np.int32):
    """80×96 blocks of 8×8 pixels, all of different id; class and colour follow from the id.

    A map that moves otherwise than the labels by as much as a pixel breaks that relation.
    """
    rows, columns = np.mgrid[0:80, 0:96] // 8
    instances = (rows * 12 + columns + 200).astype(dtype)
    labels = CLASS_OF_INSTANCE[instances].astype(np.uint8)
    return dict(
        img=np.repeat(labels[..., None] * 50, 3, 2),
        gt_seg_map=labels,
        gt_instance_map=instances,
        img_shape=(80, 96),
        ori_shape=(80, 96),
        seg_fields=['gt_seg_map', 'gt_instance_map'],
    )


@pytest.mark.parametrize(
    'transforms',
    [
        [dict(type='RandomFlip', prob=1.0, direction='horizontal')],
        [dict(type='RandomFlip', prob=1.0, direction='vertical')],
        [dict(type='RandomResize', scale=(96, 80), ratio_range=(0.5, 2.0), keep_ratio=True)],
        [dict(type='Resize', scale=(61, 131))],
        [dict(type='RandomCrop', crop_size=(37, 41), cat_max_ratio=0.75)],
        [
            dict(type='RandomResize', scale=(96, 80), ratio_range=(0.5, 2.0), keep_ratio=True),
            dict(type='RandomCrop', crop_size=(32, 48), cat_max_ratio=0.75),
            dict(type='RandomFlip', prob=0.5),
        ],
    ],
    ids=lambda transforms: '+'.join(t['type'] for t in transforms),
)
@pytest.mark.parametrize('seed', range(3))
def test_instances_stay_in_step(transforms, seed):
    np.random.seed(seed)  # noqa: NPY002 - mmcv draws from the global state
    moved = Compose(transforms)(checkerboard())
    assert_array_equal(moved['gt_seg_map'], CLASS_OF_INSTANCE[moved['gt_instance_map']])
    assert moved['gt_instance_map'].dtype == np.int32
    assert len(np.unique(moved['gt_instance_map'])) > 8


@pytest.mark.parametrize(('dtype', 'allowed'), [(np.uint16, 0.0), (np.int32, 0.005)])
def test_rotation_keeps_step(dtype, allowed):
    """OpenCV 5 rounds int32 and uint8 coordinates differently: a thousandth of the pixels."""
    np.random.seed(1)  # noqa: NPY002
    moved = Compose([dict(type='RandomRotate', prob=1.0, degree=(20, 30))])(checkerboard(dtype))
    labels, instances = moved['gt_seg_map'], moved['gt_instance_map']
    inside = labels != 255
    assert 0.5 < inside.mean() < 0.95
    assert (labels != CLASS_OF_INSTANCE[instances])[inside].mean() <= allowed
    targets = GenerateBoundaryTargets(num_classes=5, thing_classes=[1, 2, 3, 4])(moved)
    for key in ('gt_edge_map', 'gt_contour_map', 'gt_distance_map'):
        assert (targets[key][~inside] == 255).all()


def test_targets_are_those_of_the_functions():
    sample = checkerboard()
    labels, instances = sample['gt_seg_map'], sample['gt_instance_map']
    out = GenerateBoundaryTargets(num_classes=5, thing_classes=[1, 3], thickness=4, levels=3)(
        dict(sample)
    )
    edges = edge_map(labels, instances, 4)
    assert_array_equal(out['gt_edge_map'], edges)
    assert_array_equal(out['gt_contour_map'], semantic_contour(labels, edges, 5))
    assert_array_equal(out['gt_distance_map'], distance_levels(labels, instances, [1, 3], 3))
    assert out['seg_fields'] == ['gt_seg_map', 'gt_instance_map']
    del sample['gt_instance_map']
    out = GenerateBoundaryTargets(edge=False, contour=False, distance='fraction')(sample)
    assert 'gt_edge_map' not in out
    assert 'gt_contour_map' not in out
    assert_allclose(out['gt_distance_map'], distance_map(labels))


def test_a_sample_without_labels_passes():
    assert GenerateBoundaryTargets(contour=False)({'img': 1}) == {'img': 1}


@pytest.fixture
def street_dataset():
    class StreetDataset:
        METAINFO = dict(classes=('road', 'car', 'sky', 'person'), thing_classes=('person', 'car'))

    class BareDataset:
        METAINFO = dict(classes=('road',))

    class MisspeltDataset:
        METAINFO = dict(classes=('road', 'person'), thing_classes=('persn',))

    datasets = (StreetDataset, BareDataset, MisspeltDataset)
    for dataset in datasets:
        DATASETS.register_module(module=dataset)
    yield
    for dataset in datasets:
        DATASETS.module_dict.pop(dataset.__name__)


def test_classes_from_the_dataset(street_dataset):
    transform = TRANSFORMS.build(dict(type='GenerateBoundaryTargets', dataset='StreetDataset'))
    assert (transform.contour_classes, transform.thing_classes) == (4, [3, 1])
    assert 'thing_classes=[3, 1]' in repr(transform)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(distance='metres'), "'levels', 'fraction' or None, got 'metres'"),
        (dict(edge=False, contour=False, distance=None), 'no target'),
        (dict(), 'needs num_classes'),
        (dict(dataset='NowhereDataset'), "no dataset named 'NowhereDataset'"),
        (dict(dataset='BareDataset'), 'BareDataset has no thing_classes'),
        (dict(dataset='MisspeltDataset'), "thing_classes: no class 'persn', did you mean person"),
        (dict(dataset='StreetDataset', num_classes=3), 'not both'),
        (dict(num_classes=3, thing_classes=()), 'the distance would be 0 everywhere'),
        (dict(num_classes=300), 'num_classes must be whole numbers from 1 to 254, got 300'),
        (dict(num_classes=3, thickness=0), 'thickness must be whole numbers from 1, got 0'),
        (dict(num_classes=3, levels=0), 'levels must be whole numbers from 1 to 254, got 0'),
        (dict(num_classes=3, levels=2.5), 'levels must be whole numbers .* got 2.5'),
        (dict(num_classes=3, ignore_index=-1), 'ignore_index must be .* from 0 to 255, got -1'),
        (dict(num_classes=3, thing_classes=['car']), "ids, must be .* from 0 to 2, got 'car'"),
        (dict(num_classes=3, thing_classes=[3]), 'ids, must be .* from 0 to 2, got 3'),
    ],
)
def test_wrong_arguments(street_dataset, arguments, message):
    with pytest.raises(ConfigError, match=message):
        GenerateBoundaryTargets(**arguments)


def test_targets_without_labels_are_refused_where_there_are_labels_to_load():
    transform = GenerateBoundaryTargets(num_classes=5)
    assert transform(dict(img=1)) == dict(img=1)
    with pytest.raises(ConfigError, match='GenerateBoundaryTargets stands before the labels'):
        transform(dict(img=1, seg_map_path='label.png'))


def test_the_classes_of_a_dataset_are_refused_where_it_has_a_choice_of_them(street_dataset):
    transform = GenerateBoundaryTargets(dataset='StreetDataset')
    with pytest.raises(ConfigError, match='choice of classes'):
        transform(dict(gt_seg_map=np.zeros((4, 4), np.uint8), label_map={3: 0}))


@pytest.mark.parametrize(
    'change',
    [
        dict(type='RandomFlip', prob=1.0),
        dict(type='RandomCrop', crop_size=(64, 64)),
        dict(type='Albumentations', transforms=[dict(type='HorizontalFlip', p=1.0)]),
    ],
)
def test_labels_that_change_behind_the_targets_are_refused(change):
    sample = checkerboard()
    sample['gt_seg_map'][:40, :40] = 3
    pipeline = [
        dict(type='GenerateBoundaryTargets', num_classes=5),
        change,
        dict(type='PackBoundaryInputs'),
    ]
    with pytest.raises(ConfigError, match='labels have changed since GenerateBoundaryTargets'):
        Compose(pipeline)(sample)


def test_colours_may_change_behind_the_targets():
    weather = dict(type='Albumentations', transforms=[dict(type='RandomFog', p=1.0)])
    targets = dict(type='GenerateBoundaryTargets', num_classes=5)
    packed = Compose([targets, weather, dict(type='PackBoundaryInputs')])(checkerboard())
    assert packed['data_samples'].metainfo['contour_classes'] == 5
    assert packed['data_samples'].metainfo['distance_levels'] == 5


def test_instances_that_were_not_padded_with_the_labels_are_named():
    pipeline = Compose(
        [dict(type='Pad', size=(96, 128)), dict(type='GenerateBoundaryTargets', num_classes=5)]
    )
    with pytest.raises(ConfigError, match='as `Pad` does; leave padding to the data_preprocessor'):
        pipeline(checkerboard())


@pytest.mark.parametrize(('distance', 'ignored'), [('levels', 255), ('fraction', -1)])
def test_packed_and_padded_with_values_that_never_train(distance, ignored):
    pipeline = Compose(
        [
            dict(type='GenerateBoundaryTargets', num_classes=5, distance=distance),
            dict(type='PackBoundaryInputs'),
        ]
    )
    first, second = (
        pipeline(checkerboard()),
        pipeline(
            {
                key: value[:64, :90] if isinstance(value, np.ndarray) else value
                for key, value in checkerboard().items()
            }
        ),
    )
    keys = ('gt_sem_seg', 'gt_edge_map', 'gt_contour_map', 'gt_distance_map')
    expected = [[s['data_samples'].get(key).data.clone() for key in keys] for s in (first, second)]
    assert expected[0][3].dtype == (torch.uint8 if distance == 'levels' else torch.float32)
    # A seg_pad_val that is a class: what mmseg pads must not reach the targets.
    preprocessor = MODELS.build(
        dict(
            type='BoundaryDataPreProcessor',
            size=(96, 96),
            seg_pad_val=1,
            mean=[0.0] * 3,
            std=[1.0] * 3,
        )
    )
    batch = preprocessor(
        dict(
            inputs=[first['inputs'], second['inputs']],
            data_samples=[first['data_samples'], second['data_samples']],
        ),
        training=True,
    )
    assert batch['inputs'].shape == (2, 3, 96, 96)
    for sample, maps in zip(batch['data_samples'], expected, strict=True):
        height, width = maps[0].shape[1:]
        for key, before, pad in zip(keys, maps, (1, 255, 255, ignored), strict=True):
            data = sample.get(key).data
            assert data.shape == (1, 96, 96)
            assert data.dtype == before.dtype
            assert torch.equal(data[:, :height, :width], before)
            assert (data[:, height:] == pad).all()
            assert (data[:, :, width:] == pad).all()


def test_preprocessor_leaves_test_batches_alone():
    packed = Compose(
        [dict(type='GenerateBoundaryTargets', num_classes=5), dict(type='PackBoundaryInputs')]
    )(checkerboard())
    preprocessor = MODELS.build(
        dict(type='BoundaryDataPreProcessor', test_cfg=dict(size_divisor=32))
    )
    batch = preprocessor(dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']]))
    assert batch['inputs'].shape == (1, 3, 96, 96)
    assert batch['data_samples'][0].gt_edge_map.shape == (80, 96)
