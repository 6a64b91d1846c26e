"""Objects and their company in drawn streets, with instances and by components."""

import numpy as np
import pytest
from drawn_streets import CAR, CLASSES, PERSON, ROAD, config_of, frames_of, write_street
from mmengine.config import Config

from mmseg_ext.analysis.context.data_figures import data_figures
from mmseg_ext.analysis.context.survey import Frames
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.context.company import company_shares


def test_objects_are_those_of_the_instance_map_with_what_is_around_them(tmp_path):
    write_street(tmp_path, 'train', 'a', [(CAR, 20, 30, 10, 20), (PERSON, 20, 50, 10, 5)])
    write_street(tmp_path, 'train', 'b', [(PERSON, 20, 50, 10, 5), (PERSON, 20, 55, 10, 5)])
    survey = frames_of(tmp_path, 'train').survey()
    table = survey.table
    assert table.labels.tolist() == [CAR, PERSON, PERSON, PERSON]
    # Ten pixels around a person of 10 by 5: 30 by 25 pixels less its own.
    assert (table.rings[1:].sum(1) == 30 * 25 - 50).all()
    assert table.rings[1, CAR] == 10 * 10 and table.rings[1, ROAD] == 600
    assert table.rings[2, PERSON] == 50
    shares = company_shares(table)
    assert shares[PERSON, CAR] == pytest.approx(1 / 3)
    assert shares[PERSON, PERSON] == pytest.approx(2 / 3)
    assert survey.images == 2
    assert survey.pixels[ROAD] == 2 * 60 * 100 - 200 - 50 - 100


def test_small_objects_are_left_out(tmp_path):
    write_street(tmp_path, 'train', 'a', [(CAR, 20, 30, 10, 20), (PERSON, 20, 60, 10, 5)])
    assert frames_of(tmp_path, 'train', min_pixels=51).survey().table.labels.tolist() == [CAR]


def test_the_figures_of_a_data_set(streets):
    train, test = (frames_of(streets, split).survey() for split in ('train', 'test'))
    figures = data_figures(train, test)
    assert figures['train'] == {'images': 12, 'objects': {'car': 12, 'cyclist': 12}}
    assert figures['test'] == {'images': 13, 'objects': {'car': 6, 'cyclist': 6}}
    assert figures['company']['cyclist'] == {
        'road': {'train': 100, 'test': 100, 'usual': True},
        'car': {'train': 100, 'test': 0, 'usual': True},
    }
    assert figures['outside']['cyclist'] == {
        'usual': ['road', 'car'],
        'train': {'objects': 0, 'share': 0},
        'test': {'objects': 6, 'share': 100},
    }


def test_camvid_has_components(tmp_path):
    from layouts import write_png

    labels = np.full((40, 60), 3, np.uint8)
    labels[10:20, 10:14] = labels[10:20, 30:34] = 9
    for split in ('train', 'test'):
        for folder, array in (('images', np.zeros((40, 60, 3), np.uint8)), ('annotations', labels)):
            (tmp_path / folder / split).mkdir(parents=True)
            write_png(tmp_path / folder / split / 'a.png', array)
    loader = dict(dataset=dict(type='CamVidDataset', data_root=str(tmp_path), split='test'))
    table = Frames(Config(dict(test_dataloader=loader)), 'test', 1).survey().table
    assert table.labels.tolist() == [9, 9]
    assert table.beside.sum() == 2 and table.beside[:, 3].all()


def test_what_has_no_objects_is_refused(streets):
    config = config_of(streets)
    config.test_dataloader.dataset.metainfo = dict(classes=CLASSES, thing_classes=())
    with pytest.raises(ConfigError, match='ToyStreetsDataset has no thing_classes'):
        Frames(config, 'test', 1)
    config = config_of(streets)
    inner = config.test_dataloader.dataset
    config.test_dataloader.dataset = dict(type='ConcatDataset', datasets=[inner, inner])
    with pytest.raises(ConfigError, match='reads one data set of mmseg_ext, and Concat.* holds 2'):
        Frames(config, 'test', 1)


def test_a_sample_without_labels_is_named(streets):
    config = config_of(streets)
    config.test_dataloader.dataset.unlabelled_images = str(streets / 'images/shift')
    with pytest.raises(DataError, match=r'00\.png: no label file to find objects in'):
        Frames(config, 'test', 1).survey()
