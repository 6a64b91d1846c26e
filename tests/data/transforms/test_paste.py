"""Pasting on hand-drawn frames, through files, with instances and with boundary targets."""

import numpy as np
import pytest
from layouts import write_camvid, write_cityscapes, write_png
from mmengine.logging import MMLogger
from mmseg.registry import DATASETS, TRANSFORMS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.seeding import seed_everything
from mmseg_ext.data import PasteRareInstances
from mmseg_ext.data.labels.camvid import read_camvid_labels
from mmseg_ext.data.transforms.cutouts import find_cutouts
from mmseg_ext.data.transforms.loading import LoadInstanceMap

ROAD, SIDEWALK, PEDESTRIAN, BICYCLIST = 3, 4, 9, 10
SHAPE = (12, 20)
TOP, LEFT = 5, 2
OBJECT = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]], bool)
SHARES = [10.0] * 9 + [0.4, 0.1]
CAMVID = dict(type='CamVidDataset', split='train')


@pytest.fixture
def frame(tmp_path):
    """A frame of road with one bicyclist, an L without symmetry, each pixel of another colour."""
    labels = np.full(SHAPE, ROAD, np.uint8)
    labels[TOP : TOP + 4, LEFT : LEFT + 3][OBJECT] = BICYCLIST
    image = np.zeros((*SHAPE, 3), np.uint8)
    image[TOP : TOP + 4, LEFT : LEFT + 3, 0] = 100 + np.arange(12).reshape(4, 3)
    write_png(tmp_path / 'image.png', image)
    write_png(tmp_path / 'label.png', labels)
    return str(tmp_path / 'image.png'), str(tmp_path / 'label.png')


def sample(frame, shape=SHAPE, **more):
    return dict(
        img=np.full((*shape, 3), 7, np.uint8),
        gt_seg_map=np.full(shape, ROAD, np.uint8),
        seg_fields=['gt_seg_map'],
        frames=(frame,),
        read_labels=read_camvid_labels,
        **more,
    )


def paste(**arguments):
    arguments = dict(shares=SHARES, prob=1.0, max_instances=1, min_pixels=1) | arguments
    return PasteRareInstances(**arguments)


def test_pixels_and_labels_land_together_at_their_rows_in_any_column_either_way_round(frame):
    seen = set()
    for seed in range(300):
        seed_everything(seed)
        results = paste()(sample(frame))
        pasted = results['gt_seg_map'] == BICYCLIST
        rows, columns = np.nonzero(pasted)
        assert rows.min() == TOP and rows.max() == TOP + 3
        left = columns.min()
        window = results['img'][TOP : TOP + 4, left : left + 3, 2]
        mirrored = not np.array_equal(pasted[TOP : TOP + 4, left : left + 3], OBJECT)
        shape = OBJECT[:, ::-1] if mirrored else OBJECT
        colours = (100 + np.arange(12).reshape(4, 3))[:, :: -1 if mirrored else 1]
        np.testing.assert_array_equal(pasted[TOP : TOP + 4, left : left + 3], shape)
        np.testing.assert_array_equal(window, np.where(shape, colours, 7))
        # Nothing else has changed.
        assert pasted.sum() == OBJECT.sum()
        assert (results['gt_seg_map'][~pasted] == ROAD).all()
        assert (results['img'][~pasted] == 7).all()
        seen.add((left, mirrored))
    assert seen == {(left, way) for left in range(SHAPE[1] - 2) for way in (True, False)}


def test_the_draw_follows_the_seed(frame):
    maps = []
    for seed in (1, 1, 2):
        seed_everything(seed)
        maps.append(paste()(sample(frame))['gt_seg_map'])
    assert np.array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[0], maps[2])


def test_a_larger_frame_than_the_sample_is_cut_off(frame):
    for seed in range(20):
        seed_everything(seed)
        results = paste()(sample(frame, shape=(6, 2)))
        pasted = results['gt_seg_map'] == BICYCLIST
        # Row 5 of 12 is row 2 of 6; the object is 4 high and 3 wide.
        assert pasted[2:].any() and not pasted[:2].any()


def test_rarer_classes_are_drawn_more_often_by_their_shares(frame, tmp_path):
    labels = np.full(SHAPE, ROAD, np.uint8)
    labels[2, 3] = PEDESTRIAN
    labels[4, 3] = BICYCLIST
    write_png(tmp_path / 'label.png', labels)
    seed_everything(0)
    drawn = [int(paste()(sample(frame))['gt_seg_map'].max()) for _ in range(1000)]
    # Shares of 0.4 and 0.1: four of five are bicyclists, within four standard deviations.
    assert abs(drawn.count(BICYCLIST) / 1000 - 0.8) < 4 * (0.8 * 0.2 / 1000) ** 0.5
    assert set(drawn) == {PEDESTRIAN, BICYCLIST}


def test_how_many_and_how_often(frame):
    seed_everything(0)
    changed = [
        (paste(prob=0.25)(sample(frame))['gt_seg_map'] == BICYCLIST).any() for _ in range(400)
    ]
    assert 70 < sum(changed) < 130
    wide = [
        (paste(max_instances=3)(sample(frame, (12, 4000)))['gt_seg_map'] == BICYCLIST).sum()
        for _ in range(30)
    ]
    assert set(wide) == {OBJECT.sum(), 2 * OBJECT.sum(), 3 * OBJECT.sum()}


def test_small_instances_and_common_classes_stay_where_they_are(frame):
    for transform in (paste(min_pixels=9), paste(below=0.1001, shares=[10.0] * 10 + [0.11, 0.1])):
        seed_everything(0)
        results = transform(sample(frame))
        assert (results['gt_seg_map'] == ROAD).all() and (results['img'] == 7).all()


def with_a_sidewalk(frame, left):
    """A sample of road of 12 by 90 pixels, with a sidewalk from a column on."""
    results = sample(frame, (12, 90))
    results['gt_seg_map'][:, left:] = SIDEWALK
    return results


def test_in_its_usual_context_it_is_pasted_where_the_ring_resembles_its_own(frame):
    # Its own ring is all road: at most a quarter of the new ring may be sidewalk.
    columns = set()
    for seed in range(200):
        seed_everything(seed)
        labels = paste(context='usual')(with_a_sidewalk(frame, 40))['gt_seg_map']
        pasted = labels == BICYCLIST
        assert pasted.sum() == OBJECT.sum()
        left = np.nonzero(pasted)[1].min()
        columns.add(int(left))
        # Its ring ends ten columns behind its last one.
        ring = labels[:, max(left - 10, 0) : left + 3 + 10][
            ~pasted[:, max(left - 10, 0) : left + 13]
        ]
        assert (ring == SIDEWALK).mean() <= 0.25
    # The ring of 23 columns, at most five or six of them sidewalk.
    assert 30 <= max(columns) <= 34


def test_where_nothing_resembles_its_usual_context_it_is_left_out(frame):
    for seed in range(5):
        seed_everything(seed)
        results = paste(context='usual')(with_a_sidewalk(frame, 0))
        assert (results['gt_seg_map'] == SIDEWALK).all() and (results['img'] == 7).all()
        assert (paste()(with_a_sidewalk(frame, 0))['gt_seg_map'] == BICYCLIST).any()


def test_a_sample_without_labels_passes():
    results = dict(img=np.zeros((4, 4, 3), np.uint8))
    assert paste()(results) is results


def test_cutouts_are_objects_where_there_are_some_and_else_components():
    labels = np.array([[1, 1, 0, 1], [0, 0, 0, 1], [1, 0, 2, 2]], np.uint8)
    instances = np.array([[5, 5, 0, 5], [0, 0, 0, 6], [0, 0, 0, 0]])
    components, are_objects = find_cutouts(labels, None, 1, min_pixels=1)
    assert not are_objects
    assert [(c.top, c.left, c.mask.shape) for c in components] == [
        (0, 0, (1, 2)), (0, 3, (2, 1)), (2, 0, (1, 1)),
    ]  # fmt: skip
    objects, are_objects = find_cutouts(labels, instances, 1, min_pixels=2)
    assert are_objects
    assert len(objects) == 1 and objects[0].mask.tolist() == [[True, True, False, True]]
    filled, _ = find_cutouts(np.ones((2, 2), np.uint8), np.array([[3, 3], [4, 4]]), 1, min_pixels=1)
    assert [(c.top, c.mask.shape) for c in filled] == [(0, (1, 2)), (1, (1, 2))]
    stuff, are_objects = find_cutouts(labels, instances, 2, min_pixels=1)
    assert not are_objects and stuff[0].mask.tolist() == [[True, True]]


@pytest.mark.parametrize('highest', [41, 65535])
def test_a_pasted_object_has_an_id_of_its_own(frame, highest):
    def read(path, with_instances=True):
        labels, _ = read_camvid_labels(path)
        return labels, np.where(labels == BICYCLIST, 1000, 0).astype(np.int32)

    seed_everything(3)
    own = np.zeros(SHAPE, np.uint16)
    own[0, 0] = highest
    results = sample(frame, gt_instance_map=own)
    results |= dict(read_labels=read, seg_fields=['gt_seg_map', 'gt_instance_map'])
    results = paste(max_instances=2)(results)
    pasted = results['gt_seg_map'] == BICYCLIST
    ids = results['gt_instance_map']
    assert ids[0, 0] == highest
    assert set(np.unique(ids[pasted])) <= {highest + 1, highest + 2}
    assert (ids > highest).sum() == pasted.sum()


@pytest.mark.methods('boundary')
def test_boundary_targets_see_what_was_pasted(tmp_path):
    write_camvid(tmp_path, size=(48, 72))
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='LoadCheckedLabels'),
        dict(type='PasteRareInstances', dataset='CamVidDataset', prob=1.0, max_instances=3),
        dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
    ]
    dataset = DATASETS.build(
        dict(type='CamVidDataset', data_root=str(tmp_path), split='train', pipeline=pipeline)
    )
    plain = DATASETS.build(
        dict(type='CamVidDataset', data_root=str(tmp_path), split='train', pipeline=pipeline[:2])
    )
    pasted_some = False
    for seed in range(10):
        seed_everything(seed)
        results = dataset[0]
        labels, edges = results['gt_seg_map'], results['gt_edge_map']
        changed = labels != plain[0]['gt_seg_map']
        pasted_some |= changed.any()
        assert set(np.unique(labels[changed])) <= {2, 6, 7, 9, 10}
        sideways = (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] != 255)
        sideways &= labels[:, :-1] != 255
        assert (edges[:, 1:][sideways] == 1).all()
        assert (results['gt_contour_map'][edges == 1] == labels[edges == 1]).all()
        inside = results['gt_distance_map']
        assert (inside[np.isin(labels, (8, 9, 10))] > 0).all()
        assert (inside[np.isin(labels, (2, 3, 6, 7))] == 0).all()
    assert pasted_some


def test_cityscapes_instances_in_step(tmp_path):
    write_cityscapes(tmp_path, size=(64, 84))
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='LoadCheckedLabels'),
        dict(type='LoadInstanceMap'),
        dict(type='PasteRareInstances', shares=[5.0] * 11 + [1.0] * 8, prob=1.0, min_pixels=4),
    ]
    dataset = DATASETS.build({**dataset_config_of(tmp_path), 'pipeline': pipeline})
    before = DATASETS.build({**dataset_config_of(tmp_path), 'pipeline': pipeline[:3]})[0]
    for seed in range(5):
        seed_everything(seed)
        results = dataset[0]
        labels, ids = results['gt_seg_map'], results['gt_instance_map']
        new = ids > before['gt_instance_map'].max()
        assert new.any()
        assert (labels[new] >= 11).all()
        for one in np.unique(ids[new]):
            assert len(np.unique(labels[ids == one])) == 1


def dataset_config_of(root):
    return dict(
        type='CheckedCityscapesDataset',
        data_root=str(root),
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
    )


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(), 'give either dataset or shares'),
        (dict(dataset='CamVidDataset', shares=SHARES), 'give either dataset or shares'),
        (dict(dataset='CheckedCityscapesDataset'), "no data set 'CheckedCityscapesDataset' with"),
        (dict(shares=SHARES, below=0.05), r'no class is below 0\.05 %'),
        (dict(dataset='MisspeltDataset'), "no class 'cyclst', did you mean cyclist"),
        (dict(shares=SHARES, prob=1.5), r'prob=1\.5'),
        (dict(shares=SHARES, context='usal'), "context='usal', give 'any' or 'usual'"),
        (dict(shares=SHARES, max_instances=0), 'max_instances=0'),
    ],
)
def test_wrong_arguments_are_refused(misspelt, arguments, message):
    with pytest.raises(ConfigError, match=message):
        TRANSFORMS.build(dict(type='PasteRareInstances', **arguments))


@pytest.mark.methods('boundary')
def test_a_place_behind_the_boundary_targets_is_refused(frame):
    late = sample(frame, gt_edge_map=np.zeros(SHAPE, np.uint8))
    with pytest.raises(ConfigError, match='before GenerateBoundaryTargets'):
        paste()(late)


def test_a_wrong_place_in_the_pipeline_is_refused(frame):
    depth = sample(frame)
    depth['seg_fields'] = ['gt_seg_map', 'gt_depth_map']
    with pytest.raises(ConfigError, match='cannot paste into gt_depth_map'):
        paste()(depth)
    resized = sample(frame)
    resized['img'] = resized['img'][:6]
    with pytest.raises(ConfigError, match='before resizes and crops'):
        paste()(resized)
    foreign = sample(frame)
    foreign.pop('frames')
    with pytest.raises(ConfigError, match='needs a data set of mmseg_ext'):
        paste()(foreign)


@pytest.fixture
def misspelt():
    class MisspeltDataset:
        METAINFO = dict(classes=('road', 'cyclist'), train_shares=dict(road=99.0, cyclst=1.0))

    DATASETS.register_module(module=MisspeltDataset)
    yield
    DATASETS.module_dict.pop('MisspeltDataset')


def camvid(root, pipeline):
    return DATASETS.build(dict(CAMVID, data_root=str(root), pipeline=pipeline))


def test_before_the_labels_are_loaded_it_says_so_with_the_order(tmp_path, load):
    write_camvid(tmp_path)
    image, labels = load
    early = dict(type='PasteRareInstances', shares=SHARES, min_pixels=1, prob=0.0)
    flip = dict(type='RandomApply', transforms=[dict(type='RandomFlip', prob=0.5)])
    with pytest.raises(
        ConfigError,
        match='before the labels are loaded.*behind LoadCheckedLabels. The pipeline is: '
        r'LoadImageFromFile, PasteRareInstances, LoadCheckedLabels, RandomApply\(RandomFlip\)$',
    ):
        camvid(tmp_path, [image, early, labels, flip])[0]


def test_a_class_of_which_no_instance_is_large_enough_is_refused(tmp_path, load):
    """Stripes of 3 by 24 pixels: 72, in every frame."""
    write_camvid(tmp_path)
    rare = dict(type='PasteRareInstances', dataset='CamVidDataset')
    camvid(tmp_path, [*load, dict(rare, min_pixels=72)])
    with pytest.raises(
        ConfigError,
        match="no instance of 'Pole' has min_pixels=73, the largest one has 72.*give min_pixels=72",
    ):
        camvid(tmp_path, [*load, dict(type='RandomApply', transforms=[dict(rare, min_pixels=73)])])


def test_instances_are_measured_as_they_are_pasted(tmp_path, load_instances):
    """Of the objects, not of the components: a stripe of Cityscapes is an object and a group."""
    write_cityscapes(tmp_path, size=(24, 42))
    rare = dict(type='PasteRareInstances', shares=[5.0] * 11 + [1.0] * 8, min_pixels=25)
    arguments = dict(dataset_config_of(tmp_path), pipeline=[*load_instances, rare])
    with pytest.raises(ConfigError, match='the largest one has 24'):
        DATASETS.build(arguments)
    # Without the objects it is the component, the whole stripe.
    DATASETS.build(dict(arguments, pipeline=[*load_instances[:2], dict(rare, min_pixels=48)]))


def test_a_class_of_which_there_is_none_is_a_warning(tmp_path, load, caplog):
    write_camvid(tmp_path, frames=1)
    (label,) = (tmp_path / 'annotations/train').iterdir()
    labels = np.full((24, 36), ROAD, np.uint8)
    labels[3:9, 3:9] = PEDESTRIAN
    write_png(label, labels)
    logger = MMLogger.get_instance('test_paste', log_level='INFO')
    logger.addHandler(caplog.handler)
    camvid(tmp_path, [*load, dict(type='PasteRareInstances', shares=SHARES)])
    logger.removeHandler(caplog.handler)
    assert 'PasteRareInstances pastes Pedestrian (0.4 %), Bicyclist (0.1 %)' in caplog.text
    assert 'PasteRareInstances: Bicyclist cannot be pasted, since no frame' in caplog.text


@pytest.mark.parametrize(
    ('shares', 'message'),
    [
        (SHARES[:-1], '10 shares for 11 classes'),
        ([10.0] * 9 + [0.4, 0.0], r'the share of class 10 is 0, but .*train_0000\d\.png has it'),
    ],
)
def test_shares_that_leave_out_a_class_are_refused(tmp_path, load, shares, message):
    write_camvid(tmp_path)
    rare = dict(type='PasteRareInstances', shares=shares, prob=1.0)
    with pytest.raises(ConfigError, match=message):
        camvid(tmp_path, [*load, rare])[0]


@pytest.mark.parametrize(
    'wrapper',
    [
        lambda inner: dict(type='ConcatDataset', datasets=[inner, inner]),
        lambda inner: dict(type='RepeatDataset', dataset=inner, times=2),
        lambda inner: dict(type='MultiImageMixDataset', pipeline=[], dataset=dict(
            type='ConcatDataset', datasets=[inner])),
    ],
)  # fmt: skip
def test_in_wrapped_data_sets_it_pastes_from_the_frames_of_its_own(tmp_path, load, wrapper):
    write_camvid(tmp_path)
    rare = dict(type='PasteRareInstances', dataset='CamVidDataset', prob=1.0)
    inner = dict(CAMVID, data_root=str(tmp_path), pipeline=[*load, rare])
    dataset = DATASETS.build(dict(type='GuardedDataset', dataset=wrapper(inner)))
    seed_everything(0)
    plain = camvid(tmp_path, load)[0]['gt_seg_map']
    pasted = [dataset[len(dataset) - 2]['gt_seg_map'] for _ in range(5)]
    assert any((labels != plain).any() for labels in pasted)


def test_a_bad_label_file_is_left_to_those_who_load_it(tmp_path, load):
    write_camvid(tmp_path, frames=3)
    (tmp_path / 'annotations/train/train_00000.png').write_bytes(b'')
    dataset = camvid(tmp_path, [*load, dict(type='PasteRareInstances', dataset='CamVidDataset')])
    with pytest.raises(DataError, match='train_00000'):
        dataset[0]


def test_instances_are_not_loaded_behind_it(frame):
    pasted = paste(prob=0.0)(sample(frame))
    pasted['seg_map_path'] = 'label.png'
    with pytest.raises(ConfigError, match='LoadInstanceMap: put it before PasteRareInstances'):
        LoadInstanceMap()(pasted)


def test_a_choice_of_classes_needs_its_own_shares(frame):
    chosen = sample(frame, label_map=dict.fromkeys(range(10), 255) | {10: 0})
    with pytest.raises(ConfigError, match='choice of classes'):
        paste(shares=None, dataset='CamVidDataset')(chosen)
    seed_everything(0)
    results = paste(shares=[0.1])(chosen)
    assert (results['gt_seg_map'] == 0).sum() == OBJECT.sum()


def test_a_broken_other_frame_is_named(frame, tmp_path):
    (tmp_path / 'label.png').write_bytes(b'')
    with pytest.raises(DataError, match=r'label\.png'):
        paste()(sample(frame))


def test_a_broken_other_image_is_named(frame, tmp_path):
    (tmp_path / 'image.png').write_bytes(b'')
    with pytest.raises(DataError, match=r'image\.png'):
        paste()(sample(frame))


def test_another_frame_whose_labels_have_another_size_is_named(frame, tmp_path):
    write_png(tmp_path / 'image.png', np.zeros((6, 20, 3), np.uint8))
    with pytest.raises(
        DataError, match=r'label\.png: labels are \(12, 20\).*image\.png is \(6, 20\)'
    ):
        paste()(sample(frame))
