"""CamVid's 32 colours to ids and Cityscapes' training ids: results, resuming, errors."""

import json

import cv2
import numpy as np
import pytest
from layouts import photo, write_cityscapes, write_png

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import DataError
from mmseg_ext.data import CamVidDataset, CheckedCityscapesDataset
from mmseg_ext.data.prepare.camvid_32 import MERGE, prepare_camvid, split_of
from mmseg_ext.data.prepare.cityscapes_ids import prepare_cityscapes

# CamVid's label_colors.txt, in its order, and SegNet's id of each class.
LABEL_COLORS = """
64 128 64 Animal 9 | 192 0 128 Archway 1 | 0 128 192 Bicyclist 10 | 0 128 64 Bridge 1
128 0 0 Building 1 | 64 0 128 Car 8 | 64 0 192 CartLuggagePram 9 | 192 128 64 Child 9
192 192 128 Column_Pole 2 | 64 64 128 Fence 7 | 128 0 192 LaneMkgsDriv 3
192 0 64 LaneMkgsNonDriv 3 | 128 128 64 Misc_Text 6 | 192 0 192 MotorcycleScooter 10
128 64 64 OtherMoving 8 | 64 192 128 ParkingBlock 4 | 64 64 0 Pedestrian 9 | 128 64 128 Road 3
128 128 192 RoadShoulder 4 | 0 0 192 Sidewalk 4 | 192 128 128 SignSymbol 6 | 128 128 128 Sky 0
64 128 192 SUVPickupTruck 8 | 0 0 64 TrafficCone 2 | 0 64 64 TrafficLight 6 | 192 64 128 Train 8
128 128 0 Tree 5 | 192 128 192 Truck_Bus 8 | 64 0 64 Tunnel 1 | 192 192 0 VegetationMisc 5
0 0 0 Void 11 | 64 192 0 Wall 1"""
ROWS = [row.split() for line in LABEL_COLORS.strip().splitlines() for row in line.split('|')]
COLOURS = np.array([row[:3] for row in ROWS], np.uint8)
EXPECTED = np.array([row[4] for row in ROWS], np.uint8)

FRAMES = {
    '0001TP_006690': 'train',
    '0001TP_008520': 'train',
    '0001TP_008550': 'test',
    '0006R0_f00930': 'train',
    '0016E5_07959': 'val',
    '0016E5_08159': 'val',
    '0016E5_08190': 'train',
    'Seq05VD_f00000': 'test',
}


def write_published(root, frames=tuple(FRAMES), size=(6, 64)):
    """Frames of 32 stripes, one of each colour."""
    for index, frame in enumerate(frames):
        write_png(root / 'frames' / f'{frame}.png', photo(index, size))
        label = np.repeat(COLOURS, size[1] // 32, axis=0)
        write_png(root / 'colours' / f'{frame}_L.png', np.broadcast_to(label, (*size, 3)))


def prepare(root, size=None):
    return prepare_camvid(root / 'frames', root / 'colours', root / 'out', size)


def test_all_32_classes():
    assert len(ROWS) == 32
    assert {name for parts in MERGE.values() for name in parts} | {'Void'} == {
        row[3] for row in ROWS
    }


def test_camvid(tmp_path, load):
    write_published(tmp_path)
    assert prepare(tmp_path) == (8, 0)
    label = tmp_path / 'out/annotations/val/0016E5_07959.png'
    np.testing.assert_array_equal(
        cv2.imread(str(label), cv2.IMREAD_UNCHANGED),
        np.broadcast_to(np.repeat(EXPECTED, 2), (6, 64)),
    )
    image = tmp_path / 'out/images/val/0016E5_07959.png'
    np.testing.assert_array_equal(cv2.imread(str(image))[..., ::-1], photo(4, (6, 64)))
    for split, count in (('train', 4), ('val', 2), ('test', 2)):
        dataset = CamVidDataset(split=split, data_root=str(tmp_path / 'out'), pipeline=load)
        assert len(dataset) == count and dataset[0]['gt_seg_map'].max() == 255


def test_camvid_is_resized_by_nearest_neighbour(tmp_path):
    write_published(tmp_path, frames=['0001TP_006690'], size=(6, 128))
    assert prepare(tmp_path, (64, 3)) == (1, 0)
    label = cv2.imread(
        str(tmp_path / 'out/annotations/train/0001TP_006690.png'), cv2.IMREAD_UNCHANGED
    )
    np.testing.assert_array_equal(label, np.broadcast_to(np.repeat(EXPECTED, 2), (3, 64)))
    assert cv2.imread(str(tmp_path / 'out/images/train/0001TP_006690.png')).shape == (3, 64, 3)


def test_camvid_is_resumed(tmp_path):
    write_published(tmp_path)
    prepare(tmp_path)
    done = tmp_path / 'out/annotations/train/0001TP_006690.png'
    before = done.stat().st_mtime_ns
    # Interrupted between the two files of a pair: the pair is made again.
    (tmp_path / 'out/annotations/val/0016E5_07959.png').unlink()
    assert prepare(tmp_path) == (1, 7)
    assert done.stat().st_mtime_ns == before


def test_camvid_is_not_resumed_at_another_size(tmp_path):
    write_published(tmp_path, frames=['0001TP_006690'], size=(6, 128))
    assert prepare(tmp_path, (64, 3)) == (1, 0)
    assert prepare(tmp_path, (64, 3)) == (0, 1)
    with pytest.raises(DataError, match='64x3 pixels from an earlier run, where 128x6 are wanted'):
        prepare(tmp_path)


def test_splits_of_the_real_copy(camvid_root):
    for split, count in (('train', 367), ('val', 101), ('test', 233)):
        names = [path.stem for path in (camvid_root / 'images' / split).iterdir()]
        assert len(names) == count and {split_of(name) for name in names} == {split}


def test_camvid_reports_all_errors_and_writes_the_rest(tmp_path):
    write_published(tmp_path)
    label = np.zeros((6, 64, 3), np.uint8)
    label[0, 0] = (1, 2, 3)
    write_png(tmp_path / 'colours/0001TP_006690_L.png', label)
    write_png(tmp_path / 'colours/0016E5_08159_L.png', np.zeros((5, 64, 3), np.uint8))
    (tmp_path / 'colours/0006R0_f00930_L.png').unlink()
    write_png(tmp_path / 'frames/holiday.png', photo(0, (6, 64)))
    write_png(tmp_path / 'colours/holiday_L.png', np.zeros((6, 64, 3), np.uint8))
    with pytest.raises(DataError) as caught:
        prepare(tmp_path)
    for message in (
        '0001TP_006690_L.png: colours of no class: (1, 2, 3) (1 pixels)',
        '0016E5_08159_L.png: 64x5 pixels, but',
        '0006R0_f00930.png',
        'holiday: not the name of a CamVid frame',
    ):
        assert message in str(caught.value)
    assert len(list((tmp_path / 'out/annotations').rglob('*.png'))) == 5


def test_a_place_that_cannot_be_written_to(tmp_path):
    write_published(tmp_path, frames=['0001TP_006690'])
    (tmp_path / 'out').write_text('a file')
    with pytest.raises(DataError, match=r'out/images/.*0001TP_006690\.png: cannot be written'):
        prepare(tmp_path)


def test_no_frames(tmp_path):
    (tmp_path / 'frames').mkdir()
    (tmp_path / 'colours').mkdir()
    with pytest.raises(DataError, match='no frames'):
        prepare(tmp_path)


def test_atomic_path(tmp_path):
    target = tmp_path / 'new folder' / 'a.png'
    with atomic_path(target) as temporary:
        temporary.write_text('complete')
        assert not target.exists() and temporary.suffix == '.png'
    assert target.read_text() == 'complete'
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text('half')
        raise RuntimeError
    assert [path.read_text() for path in target.parent.iterdir()] == ['complete']


def test_cityscapes(tmp_path, load):
    pytest.importorskip('cityscapesscripts')
    write_cityscapes(tmp_path, train_ids=False, frames=2)
    assert prepare_cityscapes(tmp_path) == (4, 0)
    dataset = CheckedCityscapesDataset(
        data_root=str(tmp_path),
        pipeline=load,
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
    )
    np.testing.assert_array_equal(dataset[1]['gt_seg_map'][5], np.repeat([*range(19), 255, 255], 2))
    assert prepare_cityscapes(tmp_path) == (0, 4)
    (tmp_path / 'gtFine/val/ulm/ulm_000001_000019_gtFine_labelTrainIds.png').unlink()
    assert prepare_cityscapes(tmp_path) == (1, 3)


def test_cityscapes_errors(tmp_path):
    pytest.importorskip('cityscapesscripts')
    with pytest.raises(DataError, match=r'no \*_gtFine_polygons\.json in .*gtFine_trainvaltest'):
        prepare_cityscapes(tmp_path)
    write_cityscapes(tmp_path, train_ids=False)
    broken = tmp_path / 'gtFine/val/ulm/ulm_000000_000019_gtFine_polygons.json'
    content = json.loads(broken.read_text())
    content['objects'][0]['label'] = 'spaceship'
    broken.write_text(json.dumps(content))
    (tmp_path / 'gtFine/train/ulm/ulm_000000_000019_gtFine_polygons.json').write_text('{"imgHei')
    with pytest.raises(DataError) as caught:
        prepare_cityscapes(tmp_path)
    assert 'val/ulm/ulm_000000_000019_gtFine_polygons.json: cannot be drawn (' in str(caught.value)
    assert 'train/ulm/ulm_000000_000019_gtFine_polygons.json: cannot be' in str(caught.value)
    assert not list(tmp_path.rglob('*labelTrainIds*'))
