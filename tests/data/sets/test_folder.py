"""Own data in folders: pairs, classes, splits, and what is refused."""

import shutil
from itertools import combinations
from pathlib import Path

import cv2
import mmcv
import numpy as np
import pytest
from layouts import photo, write_image, write_png
from mmengine.config import Config
from PIL import Image

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import FolderDataset
from mmseg_ext.data.checks.checks import check_config
from mmseg_ext.data.folders.distinct_colours import distinct_colours
from mmseg_ext.data.folders.files import IMAGE_SUFFIXES
from mmseg_ext.data.reading.readers import read_image

SIZE = (6, 8)
IDS = np.repeat(np.array([[0, 1, 2, 255]], np.uint8), 2, axis=1).repeat(6, axis=0)
ROAD, CAR, VOID = (128, 64, 128), (0, 0, 142), (0, 0, 0)
COLOURED = [dict(name='road', colours=ROAD), dict(name='car', colours=[CAR, (0, 0, 70)])]


def write_frames(root, names, images='images', labels='labels', ending='.png', ids=IDS):
    for index, name in enumerate(names):
        (root / images / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(root / images / f'{name}.png', index, SIZE)
        write_png(root / labels / f'{name}{ending}', ids)


def build(root, load=(), **arguments):
    settings = dict(images='images', labels='labels', classes=['a', 'b', 'c'], ignore=255)
    return FolderDataset(data_root=str(root), pipeline=list(load), **(settings | arguments))


def names_of(dataset):
    return [Path(dataset.get_data_info(index)['img_path']).name for index in range(len(dataset))]


def labels_of(dataset, root):
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    return [Path(info['seg_map_path']).relative_to(root).as_posix() for info in infos]


def test_ids(tmp_path, load):
    write_frames(tmp_path, ['x', 'y'])
    dataset = build(tmp_path, load, metainfo=dict(thing_classes=('b',)))
    assert names_of(dataset) == ['x.png', 'y.png']
    np.testing.assert_array_equal(dataset[1]['gt_seg_map'], IDS)
    assert dataset.metainfo['classes'] == ('a', 'b', 'c')
    assert dataset.metainfo['thing_classes'] == ('b',)
    np.testing.assert_array_equal(dataset.class_pixels(), [[12, 12, 12]] * 2)


def test_ids_of_the_files_become_training_ids(tmp_path, load):
    write_frames(tmp_path, ['x'], ids=np.array([[7, 8, 11, 0]], np.uint8).repeat(2, 1).repeat(6, 0))
    classes = [dict(name='road', ids=[7, 8]), dict(name='building', ids=11)]
    labels = build(tmp_path, load, classes=classes, ignore=[0])[0]['gt_seg_map']
    np.testing.assert_array_equal(labels[0], [0, 0, 0, 0, 1, 1, 255, 255])


def test_ids_of_16_bits(tmp_path, load):
    ids = np.array([[254, 255, 1000, 65535]], np.uint16).repeat(2, 1).repeat(6, 0)
    write_frames(tmp_path, ['x'], ids=ids)
    classes = [dict(name='a', ids=254), dict(name='b', ids=255), dict(name='c', ids=1000)]
    labels = build(tmp_path, load, classes=classes, ignore=65535)[0]['gt_seg_map']
    np.testing.assert_array_equal(labels[0], [0, 0, 1, 1, 2, 2, 255, 255])
    ids[0, 0] = 256
    write_frames(tmp_path, ['x'], ids=ids)
    for chosen, ignored in ((classes, 65535), (['a', 'b', 'c'], 255)):
        with pytest.raises(DataError, match=r'labels/x\.png: .*id 256 \(1 pixels\)'):
            build(tmp_path, load, classes=chosen, ignore=ignored)[0]


@pytest.mark.parametrize('suffix', ['.png', '.BMP', '.tif', '.TIFF'])
def test_palettes_are_ids_whatever_their_colours(tmp_path, load, suffix):
    write_frames(tmp_path, ['x'])
    (tmp_path / 'labels/x.png').unlink()
    drawn = Image.fromarray(np.array([[0, 1, 2, 2]], np.uint8).repeat(2, 1).repeat(6, 0), 'P')
    drawn.putpalette([*ROAD, *CAR, 9, 9, 9])
    drawn.save(tmp_path / f'labels/x{suffix}')
    labels = build(tmp_path, load)[0]['gt_seg_map']
    np.testing.assert_array_equal(labels[0], [0, 0, 1, 1, 2, 2, 2, 2])
    coloured = build(tmp_path, load, classes=COLOURED, encoding='colours', ignore=[(9, 9, 9)])
    np.testing.assert_array_equal(coloured[0]['gt_seg_map'][0], [0, 0, 1, 1, 255, 255, 255, 255])


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.TIF'])
def test_colours(tmp_path, load, suffix):
    write_frames(tmp_path, ['x'])
    (tmp_path / 'labels/x.png').unlink()
    drawn = np.array([[ROAD, CAR, (0, 0, 70), VOID]], np.uint8).repeat(2, 1).repeat(6, 0)
    Image.fromarray(drawn).save(tmp_path / f'labels/x{suffix}')
    dataset = build(tmp_path, load, classes=COLOURED, encoding='colours', ignore=VOID)
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'][0], [0, 0, 1, 1, 1, 1, 255, 255])
    assert dataset.metainfo['palette'] == [list(ROAD), list(CAR)]
    unknown = build(tmp_path, load, classes=COLOURED, encoding='colours', ignore=())
    with pytest.raises(DataError, match=r'x\.\w+: colours of no class: \(0, 0, 0\) \(12 pixels\).*'
                       r'Declare all in classes or ignore'):  # fmt: skip
        unknown[0]


def test_classes_by_ids_alone_have_colours_that_are_well_apart(tmp_path):
    write_frames(tmp_path, ['one'])
    palette = build(tmp_path).metainfo['palette']
    assert palette == distinct_colours(3)
    assert min(np.abs(np.subtract(a, b)).max() for a, b in combinations(palette, 2)) > 100


def test_16_bit_tiff(tmp_path, load):
    write_frames(tmp_path, ['x'])
    (tmp_path / 'labels/x.png').unlink()
    ids = np.array([[0, 300, 0, 300]], np.uint16).repeat(2, 1).repeat(6, 0)
    cv2.imwrite(str(tmp_path / 'labels/x.tif'), ids)
    classes = [dict(name='a', ids=0), dict(name='b', ids=300)]
    labels = build(tmp_path, load, classes=classes)[0]['gt_seg_map']
    np.testing.assert_array_equal(labels[0], [0, 0, 1, 1, 0, 0, 1, 1])


@pytest.mark.parametrize(
    ('save', 'message'),
    [
        (dict(format='JPEG'), 'a label file is a PNG, BMP or TIFF, this is a JPEG'),
        (dict(format='TIFF', compression='jpeg'), 'compressed with loss'),
        (dict(format='TIFF', save_all=True, append_images=[Image.new('L', (8, 6))]), 'has 2 pages'),
    ],
)
def test_label_files_that_are_refused(tmp_path, load, save, message):
    write_frames(tmp_path, ['x'])
    (tmp_path / 'labels/x.png').unlink()
    Image.fromarray(IDS).save(tmp_path / 'labels/x.tif', **save)
    with pytest.raises(DataError, match=rf'labels/x\.tif: .*{message}'):
        build(tmp_path, load)[0]


def test_an_undeclared_id_names_file_and_value(tmp_path, load):
    write_frames(tmp_path, ['x'])
    with pytest.raises(DataError, match=r'labels/x\.png: id 255 \(12 pixels\) found; valid ids are '
                       r'0-2\. Declare all in classes or ignore'):  # fmt: skip
        build(tmp_path, load, ignore=())[0]


@pytest.mark.parametrize('suffix', IMAGE_SUFFIXES)
def test_every_image_suffix_is_read_alike_by_the_training_and_the_check(tmp_path, load, suffix):
    size = (64, 80)
    write_png(tmp_path / 'labels/x.png', np.zeros(size, np.uint8))
    (tmp_path / 'images').mkdir()
    file = tmp_path / f'images/x{suffix.upper()}'
    pixels = photo(0, size)[..., ::-1]
    grey = suffix in ('.pbm', '.pgm')
    cv2.imwrite(str(file.with_suffix(suffix)), pixels[..., 0] if grey else pixels)
    file.with_suffix(suffix).rename(file)
    image = build(tmp_path, load)[0]['img']
    assert image.shape == (*size, 3)
    np.testing.assert_array_equal(image, read_image(file))
    np.testing.assert_array_equal(image, mmcv.imread(str(file)))


@pytest.mark.parametrize(
    ('content', 'kind'),
    [
        (b'P5\n# camera\n8 6\n65535\n' + bytes(96), 'PNM'),
        (cv2.imencode('.jp2', np.zeros((64, 64), np.uint16))[1].tobytes(), 'JPEG 2000'),
    ],
)
def test_images_of_16_bits_are_refused(tmp_path, load, content, kind):
    write_frames(tmp_path, ['x'])
    (tmp_path / 'images/x.png').unlink()
    (tmp_path / 'images/x.pgm').write_bytes(content)
    with pytest.raises(DataError, match=f'x.pgm: the {kind} image has 16 bits a channel'):
        build(tmp_path, load)[0]


def test_label_suffix_and_folders_below(tmp_path):
    write_frames(tmp_path, ['s1/x', 's2/x'], ending='_mask.png')
    dataset = build(tmp_path, label_suffix='_mask')
    assert labels_of(dataset, tmp_path) == ['labels/s1/x_mask.png', 'labels/s2/x_mask.png']
    write_png(tmp_path / 'labels/s1/y.png', IDS)
    with pytest.raises(DataError, match=r"without the label_suffix '_mask': .*labels/s1/y\.png"):
        build(tmp_path, label_suffix='_mask')
    with pytest.raises(ConfigError, match="label_suffix='_mask.png' .* give '_mask'"):
        build(tmp_path, label_suffix='_mask.png')


def test_images_and_labels_in_one_folder(tmp_path):
    write_frames(tmp_path, ['x', 'y'], images='all', labels='all', ending='_L.png')
    dataset = build(tmp_path, images='all', labels='all', label_suffix='_L')
    assert names_of(dataset) == ['x.png', 'y.png']
    with pytest.raises(ConfigError, match="images='all' and labels='all' are the same files"):
        build(tmp_path, images='all', labels='all')
    (tmp_path / 'all/x_L.png').unlink()
    with pytest.raises(DataError, match=r'1 image\(s\) without label file: .*all/x\.png'):
        build(tmp_path, images='all', labels='all', label_suffix='_L')


def test_patterns(tmp_path):
    for sequence in ('s1', 's2'):
        write_frames(tmp_path, ['0', '1'], f'{sequence}/rgb', f'{sequence}/truth', '_id.png')
    (tmp_path / 's1/rgb/0.png').rename(tmp_path / 's1/rgb/0.PNG')
    settings = dict(images='*/rgb/*.png', labels='*/truth/*_id.png', label_suffix='_id')
    dataset = build(tmp_path, **settings)
    assert names_of(dataset) == ['0.PNG', '1.png', '0.png', '1.png']
    assert labels_of(dataset, tmp_path) == [
        's1/truth/0_id.png', 's1/truth/1_id.png', 's2/truth/0_id.png', 's2/truth/1_id.png',
    ]  # fmt: skip
    settings = dict(images='**/rgb/*.png', labels=f'{tmp_path}/**/truth/*.png', label_suffix='_id')
    assert labels_of(build(tmp_path, **settings), tmp_path) == labels_of(dataset, tmp_path)


def test_folders_with_brackets_and_links(tmp_path):
    write_frames(tmp_path, ['x'], 'photos [1]', 'labels')
    (tmp_path / 'linked').mkdir()
    (tmp_path / 'linked/day').symlink_to(tmp_path / 'photos [1]')
    assert names_of(build(tmp_path, images='photos [1]')) == ['x.png']
    assert names_of(build(tmp_path, images='linked/day')) == ['x.png']
    with pytest.raises(DataError, match=r'1 image\(s\) without label file: .*linked/day/x\.png'):
        build(tmp_path, images='linked')


def test_a_folder_for_each_frame(tmp_path):
    for name in ('f1', 'f2'):
        write_frames(tmp_path / name, ['image'], '.', '.')
        (tmp_path / name / 'image.png').rename(tmp_path / name / 'label.png')
        write_image(tmp_path / name / 'image.png', 0, SIZE)
    dataset = build(tmp_path, images='*/image.png', labels='*/label.png')
    assert labels_of(dataset, tmp_path) == ['f1/label.png', 'f2/label.png']


def test_files_without_partner_and_of_other_formats_are_named(tmp_path):
    write_frames(tmp_path, ['x', 'y', 'z'])
    (tmp_path / 'images/x.png').rename(tmp_path / 'images/x.gif')
    (tmp_path / 'labels/y.png').unlink()
    (tmp_path / 'images/z.png').unlink()
    with pytest.raises(DataError) as caught:
        build(tmp_path)
    for part in ('1 image file(s) of a format that is not read (.gif)', 'images/x.gif',
                 '1 image(s) without label file: ', 'images/y.png',
                 '1 label file(s) without image: ', 'labels/z.png'):  # fmt: skip
        assert part in str(caught.value)


def test_splits_by_folders(tmp_path):
    for split in ('train', 'val'):
        write_frames(tmp_path, [f'{split}_x'], f'images/{split}', f'labels/{split}')
    settings = dict(images='images/{split}', labels='labels/{split}')
    assert names_of(build(tmp_path, split='val', **settings)) == ['val_x.png']
    with pytest.raises(DataError, match="FolderDataset: images='images/test': no folder /.*/test"):
        build(tmp_path, split='test', **settings)
    with pytest.raises(ConfigError, match='split=None: give the name of a split'):
        build(tmp_path, **settings)


def test_splits_by_lists(tmp_path):
    write_frames(tmp_path, ['s1/x', 's1/y', 's2/x', 's2/z'])
    (tmp_path / 'labels/s2/z.png').unlink()
    lists = tmp_path / 'lists'
    lists.mkdir()
    (lists / 'train.txt').write_text('s1/x\n\n./images/s1/y.png\r\n')
    (lists / 'val.txt').write_text('images/s2/x\n')
    (lists / 'test.txt').write_text('x\nw.png\ny\nz\n')
    settings = dict(split_list='lists/{split}.txt')
    assert names_of(build(tmp_path, split='train', **settings)) == ['x.png', 'y.png']
    assert len(build(tmp_path, split='val', **settings)) == 1
    with pytest.raises(DataError) as caught:
        build(tmp_path, split='test', **settings)
    for part in ("1 line(s) name no image: 'w.png'", '1 line(s) name several images, of which give '
                 "the paths: 'x'", '1 image(s) without label file: '):  # fmt: skip
        assert part in str(caught.value)
    with pytest.raises(DataError, match=r'lists/more\.txt: cannot be read \(No such file'):
        build(tmp_path, split='more', **settings)


def test_autosplit_is_stable_when_files_are_added(tmp_path):
    write_frames(tmp_path, [f'{index:03}' for index in range(60)])
    settings = dict(autosplit=(0.6, 0.2, 0.2))
    before = {split: set(names_of(build(tmp_path, split=split, **settings)))
              for split in ('train', 'val', 'test')}  # fmt: skip
    assert sum(map(len, before.values())) == 60 == len(set.union(*before.values()))
    assert 24 <= len(before['train']) <= 48 and len(before['val']) > 3 and len(before['test']) > 3
    for index in range(60, 80):
        write_frames(tmp_path, [f'{index:03}'])
    # Nor does the suffix of a file matter, or where the folder is.
    (tmp_path / 'images/000.png').rename(tmp_path / 'images/000.bmp')
    moved = tmp_path.with_name(f'{tmp_path.name} moved')
    shutil.copytree(tmp_path, moved)
    for split, names in before.items():
        after = names_of(build(moved, split=split, **settings))
        assert names <= {name.replace('.bmp', '.png') for name in after}


def test_autosplit_keeps_a_drive_together(tmp_path):
    write_frames(tmp_path, [f'drive{drive}_{frame}' for drive in range(20) for frame in range(3)])
    settings = dict(autosplit=(0.5, 0.5), drive_pattern=r'(drive\d+)_')
    drives = []
    for split in ('train', 'val'):
        dataset = build(tmp_path, split=split, **settings)
        names = names_of(dataset)
        drives.append({name.split('_')[0] for name in names})
        assert len(names) == 3 * len(drives[-1]) > 0
        assert dataset.metainfo['drive_pattern'] == r'(drive\d+)_'
    assert len(drives[0] | drives[1]) == 20 and not drives[0] & drives[1]
    with pytest.raises(ConfigError, match='names the drive of none of the 60 images'):
        build(tmp_path, split='val', autosplit=(0.5, 0.5), drive_pattern='(city)')


def test_an_empty_split_is_an_error(tmp_path):
    write_frames(tmp_path, ['x'])
    with pytest.raises(DataError, match=r"puts none of the 1 images into '(train|val)'"):
        for split in ('train', 'val'):
            build(tmp_path, split=split, autosplit=(0.5, 0.5))


def test_unlabelled_images_of_every_suffix(tmp_path, load):
    write_frames(tmp_path, ['x'])
    (tmp_path / 'new').mkdir()
    cv2.imwrite(str(tmp_path / 'new/y.bmp'), photo(0, SIZE))
    dataset = build(tmp_path, load, unlabelled_images=str(tmp_path / 'new'))
    assert names_of(dataset) == ['y.bmp'] and 'gt_seg_map' not in dataset[0]


def test_the_check_of_the_data_reads_all(tmp_path):
    write_frames(tmp_path, ['x', 'y'])
    ids = IDS.copy()
    ids[0, 0] = 7
    write_png(tmp_path / 'labels/y.png', ids)
    dataset = dict(type='FolderDataset', data_root=str(tmp_path), images='images', labels='labels',
                   classes=['a', 'b', 'c'], ignore=[255], pipeline=[])  # fmt: skip
    (report,) = check_config(Config(dict(train_dataloader=dict(dataset=dataset))))
    assert report.good == 1 and report.pixels.tolist() == [12, 12, 12]
    assert 'labels/y.png: id 7 (1 pixels) found' in report.problems[0]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(classes='a,b'), "classes='a,b': give the classes in a list"),
        (dict(classes=['a', 'a']), "'a' is there twice"),
        (dict(classes=['']), 'a name is empty'),
        (dict(classes=[dict(name='a', id=1)]), r"classes\[0\]: no key 'id', did you mean ids"),
        (dict(classes=[dict(ids=1)]), r"classes\[0\]=.*: give a name or dict"),
        (dict(classes=[dict(name='a', ids=1), 'b']), "'b' without ids; give ids of all"),
        (dict(classes=[dict(name='a', ids=1), dict(name='b', ids=1)]), "1 stands for 'a' and 'b'"),
        (dict(classes=['a', 'b'], ignore=[1]), "1 stands for 'b' and 'ignore'"),
        (dict(classes=[dict(name='a', ids=-1)]), "ids of 'a': -1 is no id from 0 to 65535"),
        (dict(classes=['a'], encoding='colours'), "'a' without colours"),
        (dict(classes=COLOURED, encoding='colours', ignore=[0]), 'ignore: 0 is no colour'),
        (dict(classes=COLOURED, encoding='colors'), "encoding='colors' is not 'ids' or 'colours'"),
        (dict(classes=[f'{i}' for i in range(255)]), '255 are given, 254 are possible'),
        (dict(autosplit=(0.8, 0.3)), r'autosplit=\(0.8, 0.3\): give the fractions'),
        (dict(autosplit=(0.8, 0.2), split='test'), "split='test' is not one of 'train', 'val'"),
        (dict(autosplit=(0.8, 0.2), split_list='{split}'), 'give one of'),
        (dict(split_list='train.txt', split='train'), 'has no {split} in it'),
        (dict(split='train'), "split='train', and nothing says which images are in it"),
        (dict(drive_pattern='drive'), 'has no group'),
        (dict(metainfo=dict(classes=('a',))), 'classes in metainfo; give classes'),
        (dict(images='a/**/b/**/*.png'), r"images='a/\*\*/b/\*\*/\*.png': \*\* stands once"),
        (dict(images=['a', 'b']), 'give one folder or pattern as a text'),
        (dict(data_prefix=dict(img_path='x')), 'finds its files from data_root and split'),
    ],
)  # fmt: skip
def test_arguments_that_are_refused(tmp_path, arguments, message):
    write_frames(tmp_path, ['x'])
    with pytest.raises(ConfigError, match=message):
        build(tmp_path, **arguments)
