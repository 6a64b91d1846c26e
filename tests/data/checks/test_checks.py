"""The check of a config's data sets: everything that is wrong, at once."""

import numpy as np
import pytest
from layouts import write_camvid, write_cityscapes, write_png
from mmengine.config import Config

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.checks.check_report import to_json, to_text
from mmseg_ext.data.checks.checks import check_config


def entry(root, split, **kwargs):
    return dict(dataset=dict(type='CamVidDataset', split=split, data_root=str(root), **kwargs))


def config_of(**loaders):
    return Config({f'{use}_dataloader': loader for use, loader in loaders.items()})


def test_good_data(tmp_path):
    write_camvid(tmp_path, frames=3)
    reports = check_config(config_of(train=entry(tmp_path, 'train'), val=entry(tmp_path, 'val')))
    assert [(report.uses, report.pairs, report.good, report.problems) for report in reports] == [
        (['train'], 3, 3, []),
        (['val'], 3, 3, []),
    ]
    # 24 rows of twelve stripes, 3 pixels wide, the twelfth of them void.
    np.testing.assert_array_equal(reports[0].pixels, [3 * 24 * 3] * 11)
    np.testing.assert_array_equal(reports[0].images, [3] * 11)
    assert reports[0].ignored == 3 * 24 * 3
    np.testing.assert_allclose(reports[0].shares(), 1 / 11, rtol=1e-12)


def test_a_set_used_twice_is_read_once(tmp_path):
    write_camvid(tmp_path)
    reports = check_config(
        config_of(
            val=entry(tmp_path, 'val', pipeline=[], test_mode=True),
            test=entry(tmp_path, 'val', indices=1),
        )
    )
    assert [(report.uses, report.pairs) for report in reports] == [(['val', 'test'], 2)]


def test_every_problem_at_once(tmp_path):
    write_camvid(tmp_path, frames=8, suffix='.jpg')
    labels, images = tmp_path / 'annotations/train', tmp_path / 'images/train'
    write_png(labels / 'train_00000.png', np.full((24, 36), 77, np.uint8))
    image = images / 'train_00001.jpg'
    image.write_bytes(image.read_bytes()[:-300])
    (labels / 'train_00002.png').unlink()
    (images / 'train_00003.jpg').unlink()
    write_png(labels / 'train_00004.png', np.zeros((24, 35), np.uint8))
    (labels / 'train_00005.png').write_bytes(b'')
    (images / 'train_00006.jpg').write_bytes(b'')
    (labels / 'train_00006.png').write_text('x')
    (report,) = check_config(config_of(train=entry(tmp_path, 'train')))
    assert (report.pairs, report.good) == (6, 1)
    text = to_text([report])
    for message in (
        'train_00000.png: id 77 (864 pixels) found',
        'train_00001.jpg: the JPEG file is trunc',
        'train_00002.jpg',
        '1 label file(s) without image: ',
        'train_00003.png',
        'train_00004.png: labels are 35x24 pixels but the image',
        '5.png: the file is empty',
        'train_00006.jpg: the file is empty',
        'train_00006.png: a label file must be a PNG',
    ):
        assert message in text
    assert text.endswith('1 good pairs of 6, 8 problem(s)')
    assert to_json([report])['ok'] is False


def test_instances_are_read_where_the_pipeline_loads_them(tmp_path):
    write_cityscapes(tmp_path)
    (instances,) = tmp_path.glob('gtFine/val/*/*_instanceIds.png')
    instances.write_bytes(b'')
    plain = dict(
        type='CheckedCityscapesDataset',
        data_root=str(tmp_path),
        data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
    )
    loading = [dict(type='LoadCheckedLabels'), dict(type='LoadInstanceMap')]
    wrapped = dict(
        type='RepeatDataset', times=2, dataset=plain | dict(pipeline=[dict(transforms=[loading])])
    )
    val, test = check_config(config_of(val=dict(dataset=wrapped), test=dict(dataset=plain)))
    assert (val.uses, test.uses) == (['val'], ['test'])
    assert test.problems == []
    (problem,) = val.problems
    assert 'instanceIds.png: the file is empty' in problem


def test_missing_folder_is_a_problem_like_others(tmp_path):
    write_camvid(tmp_path)
    (tmp_path / 'images/val').rename(tmp_path / 'images/elsewhere')
    (tmp_path / 'images/test').rename(tmp_path / 'images/aside')
    (tmp_path / 'images/test').mkdir()
    for path in (tmp_path / 'annotations/test').iterdir():
        path.unlink()
    reports = check_config(
        config_of(
            train=entry(tmp_path, 'train'), val=entry(tmp_path, 'val'), test=entry(tmp_path, 'test')
        )
    )
    assert [report.good for report in reports] == [2, 0, 0]
    assert 'must hold either images/val with annotations/val' in reports[1].problems[0]
    assert 'no images found' in reports[2].problems[0]


def test_rare_classes_and_subsets(tmp_path):
    write_camvid(tmp_path)
    label = np.zeros((24, 36), np.uint8)
    label[:2], label[2, :5], label[3, 0] = 3, 10, 8
    for index in range(2):
        write_png(tmp_path / f'annotations/train/train_{index:05}.png', label)
    subset = dict(classes=['Bicyclist', 'Car', 'Sky', 'Pole'])
    (report,) = check_config(config_of(train=entry(tmp_path, 'train', metainfo=subset)))
    np.testing.assert_array_equal(report.pixels, [10, 2, 2 * (22 * 36 - 6), 0])
    assert report.ignored == 2 * 2 * 36
    plain = to_json([report])['sets'][0]
    assert plain['rarest'] == ['Pole', 'Car', 'Bicyclist']
    assert plain['classes']['Car'] == dict(pixels=2, share=2 / report.pixels.sum(), images=2)
    assert 'rarest classes: Pole, Car, Bicyclist' in to_text([report])


def test_wrapped_data_sets_and_sets_without_labels(tmp_path):
    write_camvid(tmp_path / 'camvid')
    write_cityscapes(tmp_path / 'cityscapes', train_ids=False)
    wrapped = dict(
        dataset=dict(
            type='RepeatDataset',
            times=3,
            dataset=dict(
                type='ConcatDataset',
                datasets=[
                    entry(tmp_path / 'camvid', 'train')['dataset'],
                    entry(tmp_path / 'camvid', 'val')['dataset'],
                ],
            ),
        )
    )
    unlabelled = dict(
        dataset=dict(
            type='CheckedCityscapesDataset',
            data_root=str(tmp_path / 'cityscapes'),
            data_prefix=dict(img_path='leftImg8bit/val'),
        )
    )
    reports = check_config(config_of(train=wrapped, test=unlabelled))
    assert [(report.uses, report.pairs, report.good) for report in reports] == [
        (['train'], 2, 2),
        (['train'], 2, 2),
        (['test'], 1, 1),
    ]
    assert 'pixels %' not in to_text(reports[2:])


def test_usage_errors(tmp_path):
    with pytest.raises(ConfigError, match='the config has no data sets'):
        check_config(Config(dict(model={})))
    with pytest.raises(ConfigError, match='no folder .*nowhere.*MMSEG_EXT_DATA'):
        check_config(config_of(train=entry(tmp_path / 'nowhere', 'train')))
    other = dict(dataset=dict(type='CityscapesDataset', data_root=str(tmp_path)))
    with pytest.raises(ConfigError, match='CityscapesDataset is not a data set of mmseg_ext'):
        check_config(config_of(train=other))
