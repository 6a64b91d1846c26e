"""Albumentations: in step, filled as said, any instance id, reproducible."""

import pickle

import cv2
import numpy as np
import pytest
from layouts import write_camvid
from mmengine.dataset.utils import worker_init_fn
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import Albumentations, CamVidDataset

IDS = np.arange(48, dtype=np.int32).reshape(6, 8) * 2**24
IDS[0, :4] = [0, 255, 256, 65536]


def sample(instances=IDS):
    """A sample whose three maps hold the same thing: which pixel this was."""
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    return dict(
        img=np.repeat(pixels[..., None], 3, axis=2),
        gt_seg_map=pixels.copy(),
        gt_instance_map=instances.copy(),
        img_shape=(6, 8),
        seg_fields=['gt_seg_map', 'gt_instance_map'],
        img_path='not for albumentations',
    )


def apply(transforms, results):
    return Albumentations(transforms)(results)


def test_flip():
    results = apply([dict(type='HorizontalFlip', p=1)], sample())
    np.testing.assert_array_equal(results['gt_seg_map'], sample()['gt_seg_map'][:, ::-1])
    np.testing.assert_array_equal(results['img'], sample()['img'][:, ::-1])
    np.testing.assert_array_equal(results['gt_instance_map'], IDS[:, ::-1])
    assert results['gt_instance_map'].dtype == np.int32
    assert results['gt_seg_map'].dtype == np.uint8
    assert results['img_path'] == 'not for albumentations'


@pytest.mark.parametrize(
    'transforms',
    [
        [dict(type='Affine', translate_px=dict(x=3, y=-2), p=1)],
        [
            dict(
                type='Affine',
                rotate=(-40, 40),
                scale=(0.5, 1.5),
                interpolation=cv2.INTER_NEAREST,
                p=1,
            )
        ],
        [dict(type='PadIfNeeded', min_height=9, min_width=12, p=1)],
        [dict(type='Perspective', scale=(0.1, 0.2), interpolation=cv2.INTER_NEAREST, p=1)],
        [
            dict(
                type='OneOf',
                p=1,
                transforms=[dict(type='Rotate', p=1), dict(type='SafeRotate', p=1)],
            )
        ],
        [dict(type='RandomCrop', height=4, width=5, p=1), dict(type='Transpose', p=0.5)],
        [dict(type='ElasticTransform', alpha=20, sigma=2, p=1)],
        [dict(type='GridDistortion', distort_limit=0.5, p=1)],
    ],
)
def test_every_map_in_step(transforms):
    """Instances follow labels pixel by pixel, whatever moved them; new pixels are 255 and 0."""
    table = np.zeros(256, np.int32)
    table[:48] = IDS.ravel()
    for seed in range(5):
        np.random.seed(seed)  # noqa: NPY002
        results = apply(transforms, sample())
        labels, instances = results['gt_seg_map'], results['gt_instance_map']
        assert set(np.unique(labels)) <= {*range(48), 255}
        np.testing.assert_array_equal(instances, table[labels])
        assert results['img_shape'] == results['img'].shape[:2] == labels.shape


def test_fill():
    results = apply([dict(type='Affine', translate_px=dict(x=2, y=0), p=1)], sample())
    labels, instances = results['gt_seg_map'], results['gt_instance_map']
    np.testing.assert_array_equal(labels[1], [255, 255, 8, 9, 10, 11, 12, 13])
    np.testing.assert_array_equal(instances[0], [0, 0, 0, 255, 256, 65536, *IDS[0, 4:6]])


def test_ids_of_cityscapes_size():
    ids = (np.arange(48, dtype=np.int32) + 24000).reshape(6, 8)
    moved = apply([dict(type='Affine', translate_px=dict(x=2, y=0), p=1)], sample(ids))
    np.testing.assert_array_equal(moved['gt_instance_map'], np.pad(ids, [(0, 0), (2, 0)])[:, :8])
    assert moved['gt_instance_map'].dtype == np.int32


def test_image_moves_with_labels():
    results = apply(
        [dict(type='Affine', rotate=(90, 90), scale=0.7, p=1, interpolation=cv2.INTER_NEAREST)],
        sample(),
    )
    inside = results['gt_seg_map'] != 255
    np.testing.assert_array_equal(results['img'][..., 1][inside], results['gt_seg_map'][inside])


def test_ignored_pixels_stay_ignored():
    ignored = sample()
    ignored['gt_seg_map'][:, :3] = 255
    results = apply([dict(type='VerticalFlip', p=1)], ignored)
    assert (results['gt_seg_map'][:, :3] == 255).all()


def test_other_types_of_maps():
    results = dict(
        img=sample()['img'],
        gt_edge_map=np.eye(6, 8, dtype=np.uint8),
        gt_depth_map=np.eye(6, 8, dtype=np.float32) / 3,
        pad_shape=(6, 8),
        gt_signed=np.eye(6, 8, dtype=np.int64) * -7,
        seg_fields=['gt_edge_map', 'gt_depth_map', 'gt_signed'],
    )
    results = apply(
        [dict(type='PadIfNeeded', min_height=6, min_width=10, p=1, position='top_left')], results
    )
    wide = np.pad(np.eye(6, 8), [(0, 0), (0, 2)])
    np.testing.assert_array_equal(results['gt_edge_map'], wide.astype(np.uint8))
    np.testing.assert_array_equal(results['gt_depth_map'], wide.astype(np.float32) / 3)
    np.testing.assert_array_equal(results['gt_signed'], wide.astype(np.int64) * -7)
    assert results['pad_shape'] == (6, 10)


def test_too_many_ids():
    ids = np.arange(300 * 300, dtype=np.int32).reshape(300, 300)
    results = dict(
        img=np.zeros((300, 300, 3), np.uint8), gt_instance_map=ids, seg_fields=['gt_instance_map']
    )
    with pytest.raises(DataError, match='gt_instance_map has 90000 different values'):
        apply([dict(type='HorizontalFlip', p=1)], results)


@pytest.mark.parametrize('dtype', [np.int64, np.int32, np.uint16, np.int16])
@pytest.mark.parametrize('highest', [254, 300, 30000])
def test_ids_of_classes_beyond_a_byte(dtype, highest):
    """Moved by two columns; what comes in is 255, and 255 stays 255."""
    labels = np.full((6, 8), 255, dtype)
    labels[:, 1:4] = highest
    results = dict(img=sample()['img'], gt_seg_map=labels.copy(), seg_fields=['gt_seg_map'])
    moved = apply([dict(type='Affine', translate_px=dict(x=2, y=0), p=1)], results)['gt_seg_map']
    np.testing.assert_array_equal(moved, np.roll(labels, 2, axis=1))
    assert moved.dtype == dtype


def test_negative_labels():
    labels = np.full((6, 8), -1, np.int64)
    results = dict(img=sample()['img'], gt_seg_map=labels.copy(), seg_fields=['gt_seg_map'])
    moved = apply([dict(type='Affine', translate_px=dict(x=2, y=0), p=1)], results)['gt_seg_map']
    np.testing.assert_array_equal(moved[0], [255, 255, -1, -1, -1, -1, -1, -1])


def test_labels_that_are_no_integers():
    results = sample() | dict(gt_seg_map=np.zeros((6, 8), np.float32))
    with pytest.raises(ConfigError, match='gt_seg_map must hold integers, it is float32'):
        apply([dict(type='HorizontalFlip', p=1)], results)


@pytest.mark.parametrize(
    ('image', 'found'),
    [
        (np.full((6, 8, 3), 100, np.float32), r'float32 \(6, 8, 3\)'),
        (np.full((6, 8, 3), 100, np.uint16), r'uint16 \(6, 8, 3\)'),
        (np.full((6, 8, 4), 100, np.uint8), r'uint8 \(6, 8, 4\)'),
        (np.full((6, 8), 100, np.uint8), r'uint8 \(6, 8\)'),
    ],
)
def test_images_that_would_come_out_as_something_else(image, found):
    with pytest.raises(ConfigError, match=f'the image comes in as {found}, it must be uint8'):
        apply([dict(type='RandomBrightnessContrast', p=1)], dict(img=image))


@pytest.mark.parametrize(
    ('transform', 'found'),
    [
        (dict(type='ToGray', num_output_channels=1, p=1), r'uint8 \(6, 8\)'),
        (dict(type='ToFloat', p=1), r'float32 \(6, 8, 3\)'),
        (dict(type='Normalize', p=1), r'float32 \(6, 8, 3\)'),
    ],
)
def test_transforms_that_change_channels_or_type(tmp_path, load, transform, found):
    write_camvid(tmp_path, size=(6, 8))
    pipeline = [*load, dict(type='Albumentations', transforms=[transform])]
    dataset = CamVidDataset(split='train', data_root=str(tmp_path), pipeline=pipeline)
    name = transform['type']
    order = rf'LoadImageFromFile, LoadCheckedLabels, Albumentations\({name}\)$'
    with pytest.raises(ConfigError, match=f'goes out as {found}.*The pipeline is: {order}'):
        dataset[0]


@pytest.mark.parametrize(('name', 'moves'), [('HorizontalFlip', True), ('ToSepia', False)])
def test_before_the_labels_are_loaded(tmp_path, load, name, moves):
    write_camvid(tmp_path, size=(6, 8))
    inner = dict(type='OneOf', transforms=[dict(type=name, p=1)], p=1)
    image, labels = load
    pipeline = [image, dict(type='Albumentations', transforms=[inner]), labels]
    dataset = CamVidDataset(split='train', data_root=str(tmp_path), pipeline=pipeline)
    if not moves:
        assert dataset[0]['gt_seg_map'].shape == (6, 8)
        return
    order = rf'LoadImageFromFile, Albumentations\(OneOf\({name}\)\), LoadCheckedLabels$'
    with pytest.raises(ConfigError, match=f'stands before the labels.*The pipeline is: {order}'):
        dataset[0]


def test_float_images_of_a_data_set_of_others(tmp_path):
    write_camvid(tmp_path, size=(6, 8))
    pipeline = [
        dict(type='LoadImageFromFile', to_float32=True),
        dict(type='Albumentations', transforms=[dict(type='ToSepia', p=1)]),
    ]
    plain = dict(
        type='BaseSegDataset', img_suffix='.png', metainfo=dict(classes=('a',)), pipeline=pipeline,
        data_root=str(tmp_path), data_prefix=dict(img_path='images/val'),
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r'comes in as float32.*Albumentations\(ToSepia\)$'):
        DATASETS.build(dict(type='GuardedDataset', dataset=plain))[0]


def test_no_maps():
    results = apply([dict(type='HorizontalFlip', p=1)], dict(img=sample()['img']))
    np.testing.assert_array_equal(results['img'], sample()['img'][:, ::-1])


def test_colours_are_rgb_inside():
    """A sepia filter makes the red channel the brightest: index 2 in BGR."""
    grey = dict(img=np.full((4, 4, 3), 100, np.uint8))
    image = apply([dict(type='ToSepia', p=1)], grey)['img'][0, 0]
    assert image[2] > image[1] > image[0]


TRANSFORMS = [
    dict(type='HorizontalFlip', p=0.5),
    dict(type='VerticalFlip', p=0.5),
    dict(type='RandomBrightnessContrast', p=0.5),
]


def run(worker, count=200):
    """Labels of many calls in a loader worker, as one array."""
    worker_init_fn(worker, num_workers=2, rank=0, seed=5)
    transform = Albumentations(TRANSFORMS)
    return np.stack([transform(sample())['gt_seg_map'] for _ in range(count)])


def test_reproducible_and_different_in_every_worker():
    first = run(worker=0)
    np.testing.assert_array_equal(first, run(worker=0))
    assert (first != run(worker=1)).any()
    # Calls differ from each other, too.
    assert len(np.unique(first.reshape(len(first), -1), axis=0)) == 4


def test_transforms_are_drawn_independently():
    """albumentations' own seeding applies transforms of one probability together or not at all."""
    corner = run(worker=0)[:, 0, 0]
    shares = [(corner == value).mean() for value in (0, 7, 40, 47)]
    assert all(0.15 < share < 0.35 for share in shares), shares


def test_picklable():
    transform = pickle.loads(pickle.dumps(Albumentations(TRANSFORMS)))
    assert transform(sample())['img'].shape == (6, 8, 3)
    assert 'HorizontalFlip' in repr(transform)


@pytest.mark.parametrize(
    'config, message',
    [
        (
            dict(type='HorizontalFlp'),
            "no transform is called 'HorizontalFlp', did you mean Horizontal",
        ),
        (dict(p=1), 'no transform is called None'),
        (dict(type='Compression', p=1), "no transform is called 'Compression'"),
        (dict(type='Affine', rotat=3), "Affine takes no argument 'rotat', did you mean rotate"),
        (dict(type='Affine', rotate='x'), 'Albumentations: Affine: '),
        (dict(type='OneOf', transforms=[dict(type='Blurr')]), "'Blurr', did you mean Blur"),
        (dict(type='OneOf', transforms=[dict(type='Blur')], q=1), 'Albumentations: OneOf: '),
        (dict(type='MaskDropout'), 'MaskDropout needs mask, which a sample does not have'),
        (dict(type='CropNonEmptyMaskIfExists', height=4, width=4), 'IfExists needs mask'),
        (dict(type='Rotate', fill_mask=3), 'Rotate: fill_mask must be 0 or None, it is 3'),
    ],
)
def test_wrong_configs(config, message):
    with pytest.raises(ConfigError, match=message):
        Albumentations([config])
