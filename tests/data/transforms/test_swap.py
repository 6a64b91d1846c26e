"""Swapping on hand-drawn frames, through files, with components, instances and targets."""

import cv2
import numpy as np
import pytest
from layouts import write_png
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmseg.registry import DATASETS, TRANSFORMS

from mmseg_ext.analysis.browse import browse
from mmseg_ext.benchmark.street import write_cityscapes
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.seeding import seed_everything
from mmseg_ext.data import LoadInstanceMap, SwapInstances
from mmseg_ext.data.toy.writer import draw_toy_streets

ROAD, CAR, PEDESTRIAN, BICYCLIST = 3, 8, 9, 10
CLASSES = ('Pedestrian', 'Bicyclist')
GREY = 7
SHAPE = (12, 20)
RIDER = np.array([[0, 1, 0], [0, 1, 1], [1, 1, 1], [1, 0, 1]], bool)
"""A bicyclist without symmetry, rows 3 to 6 of its frame; the pedestrian is a bar of 5 by 2."""
COLOURS = 100 + np.arange(12, dtype=np.uint8).reshape(4, 3)


def write_frame(root, name, objects, split='train'):
    """Write a frame of grey road; ``objects`` are class, top, left, mask and colours."""
    labels = np.full(SHAPE, ROAD, np.uint8)
    image = np.full((*SHAPE, 3), GREY, np.uint8)
    for label, top, left, mask, colours in objects:
        box = np.s_[top : top + mask.shape[0], left : left + mask.shape[1]]
        labels[box][mask] = label
        image[box][mask] = np.broadcast_to(colours, mask.shape)[mask][:, None]
    for folder, array in (('images', image), ('annotations', labels)):
        (root / folder / split).mkdir(parents=True, exist_ok=True)
        write_png(root / folder / split / f'{name}.png', array)


@pytest.fixture
def streets(tmp_path):
    """Frame a with a pedestrian, frame b with a bicyclist of the same height."""
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 4, 8, np.ones((4, 2), bool), 50)])
    write_frame(tmp_path, 'b', [(BICYCLIST, 3, 5, RIDER, COLOURS)])
    return tmp_path


def build(root, load, **arguments):
    swap = dict(type='SwapInstances', classes=CLASSES, prob=1.0, share=1.0, min_pixels=1)
    pipeline = [*load, swap | arguments]
    return DATASETS.build(
        dict(type='CamVidDataset', data_root=str(root), split='train', pipeline=pipeline)
    )


def test_the_other_one_stands_on_the_same_ground_centred_and_the_rest_is_ignored(streets, load):
    seed_everything(0)
    results = build(streets, load)[0]
    r, i, b = ROAD, 255, BICYCLIST
    # Rows 2 to 9 and columns 5 to 12: the bar of columns 8 and 9 with its rim, and the rider on it.
    np.testing.assert_array_equal(results['gt_seg_map'][2:10, 5:13], [
        [r, r, r, r, r, r, r, r],
        [r, r, i, i, i, i, r, r],
        [r, r, i, b, i, i, r, r],
        [r, r, i, b, b, i, r, r],
        [r, r, b, b, b, i, r, r],
        [r, r, b, i, b, i, r, r],
        [r, r, i, i, i, i, r, r],
        [r, r, r, r, r, r, r, r],
    ])  # fmt: skip
    outside = np.ones(SHAPE, bool)
    outside[3:9, 7:11] = False
    assert (results['gt_seg_map'][outside] == ROAD).all()
    expected = np.full(SHAPE, GREY, np.uint8)
    expected[4:8, 7:10][RIDER] = COLOURS[RIDER]
    np.testing.assert_array_equal(results['img'], np.repeat(expected[..., None], 3, axis=2))


def test_the_one_that_comes_is_resized_to_the_height_of_the_one_that_goes(tmp_path, load):
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 2, 8, np.ones((8, 4), bool), 50)])
    write_frame(tmp_path, 'b', [(BICYCLIST, 3, 5, RIDER, 90)])
    results = build(tmp_path, load, max_resize=2.0)[0]
    twice = np.kron(RIDER, np.ones((2, 2), bool))
    expected = np.full(SHAPE, ROAD, np.uint8)
    expected[1:11, 7:13] = 255
    # Six columns centred on the bar's columns 8 to 11.
    expected[2:10, 7:13][twice] = BICYCLIST
    np.testing.assert_array_equal(results['gt_seg_map'], expected)
    assert (results['img'][expected == BICYCLIST] == 90).all()
    assert (results['img'][expected != BICYCLIST] == GREY).all()


def test_what_is_not_near_in_height_stays_and_is_told(tmp_path, load, caplog):
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 2, 8, np.ones((8, 4), bool), 50)])
    write_frame(tmp_path, 'b', [(BICYCLIST, 3, 5, RIDER, 90)])
    with logged(caplog):
        dataset = build(tmp_path, load, max_resize=1.9)
        assert not (dataset[0]['gt_seg_map'] == BICYCLIST).any()
    assert 'swaps whole components: Pedestrian (1), Bicyclist (1)' in caplog.text
    assert 'Pedestrian, Bicyclist can never be drawn, since' in caplog.text
    assert 'within max_resize=1.9 of the height of one of another' in caplog.text


def test_of_many_the_nearest_in_height_come(tmp_path, load):
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 2, 8, np.ones((6, 2), bool), 50)])
    for index, height in enumerate((4, 5, 6, 7, 8)):
        bar = np.ones((height, 2), bool)
        write_frame(tmp_path, f'b{index}', [(BICYCLIST, 2, 8, bar, 10 * height)])
    dataset = build(tmp_path, load, candidates=3, max_resize=2.0)
    seen = set()
    for seed in range(40):
        seed_everything(seed)
        sample = dataset[0]
        (colour,) = np.unique(sample['img'][sample['gt_seg_map'] == BICYCLIST])
        seen.add(int(colour))
    assert seen == {50, 60, 70}


def test_at_the_sides_it_is_cut_off(tmp_path, load):
    wide = np.ones((4, 9), bool)
    thin = np.ones((4, 1), bool)
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 4, left, thin, 50) for left in (1, 18)])
    write_frame(tmp_path, 'b', [(BICYCLIST, 3, 5, wide, 90)])
    labels = build(tmp_path, load)[0]['gt_seg_map']
    expected = np.full(SHAPE, ROAD, np.uint8)
    expected[3:9, 0:3] = expected[3:9, 17:20] = 255
    expected[4:8, 0:6] = expected[4:8, 14:20] = BICYCLIST
    np.testing.assert_array_equal(labels, expected)


def test_nothing_comes_from_the_frame_itself(tmp_path, load):
    bar = np.ones((4, 2), bool)
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 4, 2, bar, 50), (BICYCLIST, 4, 12, bar, 90)])
    write_frame(tmp_path, 'b', [(PEDESTRIAN, 4, 2, bar, 30)])
    for seed in range(5):
        seed_everything(seed)
        sample = build(tmp_path, load)[0]
        # The bicyclist of the frame becomes the pedestrian of the other; the pedestrian stays.
        assert (sample['gt_seg_map'] == PEDESTRIAN).sum() == 16
        assert (sample['gt_seg_map'] != BICYCLIST).all()
        assert set(np.unique(sample['img'])) == {GREY, 50, 30}


def test_how_often(streets, load):
    def changed(**arguments):
        dataset = build(streets, load, **arguments)
        seed_everything(0)
        return sum((dataset[0]['gt_seg_map'] == BICYCLIST).any() for _ in range(200))

    assert changed(prob=0.0) == changed(share=0.0) == 0
    # Within four standard deviations of 200 draws.
    assert abs(changed(prob=0.25) - 50) < 25
    assert abs(changed(share=0.25) - 50) < 25


def test_without_a_swap_the_sample_is_as_it_was(streets, load):
    plain = DATASETS.build(
        dict(type='CamVidDataset', data_root=str(streets), split='train', pipeline=load)
    )
    sample, expected = build(streets, load, prob=0.0)[0], plain[0]
    np.testing.assert_array_equal(sample['img'], expected['img'])
    np.testing.assert_array_equal(sample['gt_seg_map'], expected['gt_seg_map'])


def test_a_sample_without_labels_passes():
    results = dict(img=np.zeros((4, 4, 3), np.uint8))
    assert SwapInstances(CLASSES)(results) is results


@pytest.fixture(scope='module')
def toy(tmp_path_factory):
    root = tmp_path_factory.mktemp('drawn') / 'toy'
    draw_toy_streets(root, frames={'train': 24, 'val': 1, 'shift': 1}, workers=1)
    return root


def toy_dataset(root, load, **arguments):
    swap = dict(type='SwapInstances', classes=('person', 'cyclist'), prob=1.0, share=1.0)
    return DATASETS.build(
        dict(
            type='ToyStreetsDataset',
            data_root=str(root),
            split='train',
            pipeline=[*load, swap | arguments],
        )
    )


def test_on_real_frames_only_the_objects_and_their_rims_change(toy, load_instances):
    plain = DATASETS.build(
        dict(type='ToyStreetsDataset', data_root=str(toy), split='train', pipeline=load_instances)
    )
    dataset = toy_dataset(toy, load_instances)
    person, cyclist = 10, 11
    swapped = 0
    for index in range(len(dataset)):
        seed_everything(index)
        before, after = plain[index], dataset[index]
        old, new = before['gt_seg_map'], after['gt_seg_map']
        old_ids, new_ids = before['gt_instance_map'], after['gt_instance_map']
        came = new_ids > old_ids.max()
        touched = came | ((new == 255) & (old != 255))
        np.testing.assert_array_equal(before['img'][~touched], after['img'][~touched])
        np.testing.assert_array_equal(old[~touched], new[~touched])
        np.testing.assert_array_equal(old_ids[~touched], new_ids[~touched])
        assert (new_ids[new == 255] == 0).all()
        gone = set(np.unique(old_ids)) - set(np.unique(new_ids))
        for one in gone & set(np.unique(old_ids[np.isin(old, (person, cyclist))])):
            rows, columns = np.nonzero(old_ids == one)
            label = np.unique(old[old_ids == one])
            ids = np.unique(new_ids[rows.max(), columns.min() : columns.max() + 1])
            standing = [each for each in ids if each > old_ids.max()]
            if len(label) == 1 and standing:
                swapped += 1
                assert any(
                    set(np.unique(new[new_ids == each])) == {person + cyclist - label[0]}
                    for each in standing
                )
        for one in np.unique(new_ids[came]):
            assert len(np.unique(new[new_ids == one])) == 1
    assert swapped > 20


def test_the_draw_follows_the_seed_whatever_was_drawn_before(toy, load_instances):
    fresh, used = toy_dataset(toy, load_instances), toy_dataset(toy, load_instances)
    for index in range(len(used)):
        used[index]
    for index in (0, 7):
        samples = []
        for dataset, seed in ((fresh, 3), (used, 3), (used, 4)):
            seed_everything(seed)
            samples.append(dataset[index])
        for key in ('img', 'gt_seg_map', 'gt_instance_map'):
            np.testing.assert_array_equal(samples[0][key], samples[1][key])
    assert not np.array_equal(samples[1]['img'], samples[2]['img'])


def test_a_cache_too_small_for_two_frames_changes_nothing(toy, load_instances, monkeypatch):
    seed_everything(5)
    expected = toy_dataset(toy, load_instances)[2]['img']
    monkeypatch.setattr('mmseg_ext.data.transforms.donors._CACHE_BYTES', 1)
    dataset = toy_dataset(toy, load_instances)
    for index in range(4):
        dataset[index]
    seed_everything(5)
    np.testing.assert_array_equal(dataset[2]['img'], expected)


@pytest.mark.parametrize('highest', [41, 65535])
def test_a_new_object_has_an_id_of_its_own(toy, load_instances, highest):
    class Renumbered:
        def __call__(self, results):
            results['gt_instance_map'][0, 0] = highest
            return results

    dataset = toy_dataset(toy, load_instances)
    dataset.pipeline.transforms.insert(-1, Renumbered())
    seed_everything(0)
    ids = dataset[0]['gt_instance_map']
    assert ids[0, 0] == highest
    new = np.unique(ids[ids > highest])
    assert new.tolist() == list(range(highest + 1, highest + 1 + len(new)))
    assert len(new) > 0


def test_browse_draws_what_was_swapped(toy, load_instances, tmp_path):
    def sheet(prob):
        swap = dict(type='SwapInstances', classes=('person', 'cyclist'), prob=prob, share=1.0)
        dataset = dict(
            type='ToyStreetsDataset', data_root=str(toy), split='train',
            pipeline=[*load_instances, swap, dict(type='PackSegInputs')],
        )  # fmt: skip
        config = Config(dict(default_scope='mmseg', train_dataloader=dict(dataset=dataset)))
        (file,) = browse(config, tmp_path / str(prob), 'train', 1)
        return cv2.imread(str(file))

    plain, swapped = sheet(0.0), sheet(1.0)
    # Image, labels and instances stand side by side, each 256 wide.
    for left in (6, 268, 530):
        panel = np.s_[24 : 24 + 192, left : left + 256]
        assert (plain[panel] != swapped[panel]).any()


@pytest.mark.methods('boundary')
def test_boundary_targets_see_the_new_objects(toy, load_instances):
    dataset = toy_dataset(toy, load_instances)
    targets = TRANSFORMS.build(dict(type='GenerateBoundaryTargets', dataset='ToyStreetsDataset'))
    for index in range(5):
        seed_everything(index)
        sample = targets(dataset[index])
        labels, ids = sample['gt_seg_map'], sample['gt_instance_map']
        inside = sample['gt_distance_map']
        new = ids > 0
        assert (inside[new] > 0).all()
        sideways = (ids[:, 1:] != ids[:, :-1]) & (labels[:, 1:] != 255) & (labels[:, :-1] != 255)
        assert (sample['gt_edge_map'][:, 1:][sideways] == 1).all()


def test_cityscapes_swaps_its_objects(tmp_path, load_instances):
    write_cityscapes(tmp_path, frames=2, height=400, width=1200)
    classes = ('person', 'rider', 'car', 'bus', 'motorcycle', 'bicycle')
    swap = dict(type='SwapInstances', classes=classes, prob=1.0, share=1.0)

    def build(pipeline):
        return DATASETS.build(
            dict(
                type='CheckedCityscapesDataset',
                data_root=str(tmp_path),
                data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
                pipeline=pipeline,
            )
        )

    before, seen = build(load_instances)[0], 0
    swapping = build([*load_instances, swap])
    known = [swapping.metainfo['classes'].index(name) for name in classes]
    for seed in range(4):
        seed_everything(seed)
        after = swapping[0]
        new = after['gt_instance_map'] > before['gt_instance_map'].max()
        assert np.isin(after['gt_seg_map'][new], known).all()
        assert (before['gt_seg_map'] != after['gt_seg_map'])[~new].sum() == (
            (after['gt_seg_map'] == 255) & (before['gt_seg_map'] != 255)
        ).sum()
        seen += new.any()
    assert seen


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(classes=['Car']), r"classes=\['Car'\], give the names of at least two classes"),
        (dict(classes=['Car', 'Car']), 'at least two classes, each once'),
        (dict(classes='Car'), "classes='Car', give the names"),
        (dict(prob=1.5), r'prob=1\.5, give a number from 0 to 1'),
        (dict(share=-0.1), r'share=-0\.1'),
        (dict(min_pixels=0), 'min_pixels=0, give 1 or more'),
        (dict(max_resize=0.9), r'max_resize=0\.9, give 1 or more'),
        (dict(max_resize=float('nan')), 'max_resize=nan'),
        (dict(candidates=0), 'candidates=0'),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        TRANSFORMS.build(dict(type='SwapInstances', **dict(classes=CLASSES) | arguments))


def test_a_class_that_is_none_of_the_data_set_is_named(streets, load):
    with pytest.raises(ConfigError, match="no class 'Pedestrain', did you mean Pedestrian"):
        build(streets, load, classes=('Pedestrain', 'Bicyclist'))


def test_with_objects_of_one_class_only_there_is_nothing_to_swap(tmp_path, load):
    write_frame(tmp_path, 'a', [(PEDESTRIAN, 4, 8, np.ones((4, 2), bool), 50)])
    with pytest.raises(
        ConfigError, match=r'too few whole components.*Pedestrian \(1\), Bicyclist \(0\)'
    ):
        build(tmp_path, load)


def test_every_class_that_can_never_be_drawn_is_named(streets, load, caplog):
    with logged(caplog):
        build(streets, load, classes=(*CLASSES, 'Car', 'Pole'))
    assert 'Car, Pole can never be drawn' in caplog.text


def test_a_place_before_the_labels_is_refused_with_the_order(streets, load):
    image, labels = load
    dataset = build(streets, [image])
    dataset.pipeline.transforms.append(TRANSFORMS.build(labels))
    with pytest.raises(
        ConfigError,
        match='SwapInstances stands before the labels.*The pipeline is: '
        'LoadImageFromFile, SwapInstances, LoadCheckedLabels',
    ):
        dataset[0]


def sample_of(dataset, **more):
    results = dict(dataset.get_data_info(0))
    for transform in dataset.pipeline.transforms[:-1]:
        results = transform(results)
    return results | more


def test_other_wrong_places_are_refused(streets, load):
    dataset = build(streets, load)
    swap = dataset.pipeline.transforms[-1]
    with pytest.raises(ConfigError, match='cannot swap in gt_depth_map: put it before'):
        swap(sample_of(dataset, seg_fields=['gt_seg_map', 'gt_depth_map']))
    with pytest.raises(ConfigError, match='before resizes and crops'):
        swap(sample_of(dataset, img=np.zeros((6, 20, 3), np.uint8)))
    with pytest.raises(ConfigError, match='image is float32.*remove to_float32'):
        swap(sample_of(dataset, img=np.zeros((*SHAPE, 3), np.float32)))
    with pytest.raises(ConfigError, match='needs a data set of mmseg_ext, which lists'):
        SwapInstances(CLASSES)(sample_of(dataset))
    foreign = sample_of(dataset)
    foreign.pop('frames')
    with pytest.raises(ConfigError, match='which tells it the other frames'):
        swap(foreign)
    swapped = swap(sample_of(dataset)) | dict(seg_map_path='label.png')
    with pytest.raises(ConfigError, match='LoadInstanceMap: put it before SwapInstances'):
        LoadInstanceMap()(swapped)


@pytest.mark.methods('boundary')
def test_a_place_behind_the_boundary_targets_is_refused(streets, load):
    dataset = build(streets, load)
    late = sample_of(dataset, gt_edge_map=np.zeros(SHAPE, np.uint8))
    with pytest.raises(ConfigError, match='before GenerateBoundaryTargets'):
        dataset.pipeline.transforms[-1](late)


def test_a_broken_frame_is_left_to_those_who_load_it_and_a_broken_image_is_named(streets, load):
    write_frame(streets, 'c', [(BICYCLIST, 3, 5, RIDER, COLOURS)])
    (streets / 'annotations/train/c.png').write_bytes(b'')
    dataset = build(streets, load)
    dataset[0]
    with pytest.raises(DataError, match=r'c\.png'):
        dataset[2]
    (streets / 'images/train/b.png').write_bytes(b'')
    with pytest.raises(DataError, match=r'b\.png'):
        build(streets, load)[0]


def test_a_choice_of_classes_is_swapped_by_its_own_names(streets, load):
    swap = dict(type='SwapInstances', classes=('Bicyclist', 'Pedestrian'), prob=1.0, share=1.0)
    dataset = DATASETS.build(
        dict(
            type='CamVidDataset',
            data_root=str(streets),
            split='train',
            metainfo=dict(classes=('Bicyclist', 'Pedestrian')),
            pipeline=[*load, swap | dict(min_pixels=1)],
        )
    )
    labels = dataset[0]['gt_seg_map']
    assert (labels == 0).sum() == RIDER.sum() and not (labels == 1).any()


def test_in_a_wrapped_data_set_it_swaps_from_the_frames_of_its_own(streets, load):
    swap = dict(type='SwapInstances', classes=CLASSES, prob=1.0, share=1.0, min_pixels=1)
    config = dict(
        type='CamVidDataset', data_root=str(streets), split='train', pipeline=[*load, swap]
    )
    dataset = DATASETS.build(
        dict(type='GuardedDataset', dataset=dict(type='ConcatDataset', datasets=[config, config]))
    )
    assert (dataset[2]['gt_seg_map'] == BICYCLIST).sum() == RIDER.sum()


class logged:
    """Catch what the current logger says."""

    def __init__(self, caplog):
        self.caplog = caplog

    def __enter__(self):
        self.logger = MMLogger.get_instance('test_swap', log_level='INFO')
        self.logger.addHandler(self.caplog.handler)

    def __exit__(self, *_):
        self.logger.removeHandler(self.caplog.handler)
