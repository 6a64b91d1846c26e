"""What no label has: nothing at all, or no pixel of some class."""

import numpy as np
import pytest
from layouts import write_camvid, write_png
from mmengine.config import Config

from mmseg_ext.data.checks.check_report import to_json, to_text
from mmseg_ext.data.checks.checks import check_config

CLASSES = ('Sky', 'Pole', 'Car')


def entry(root, split):
    return dict(
        type='CamVidDataset', data_root=str(root), split=split, metainfo=dict(classes=CLASSES)
    )


def config_of(**sets):
    return Config({f'{use}_dataloader': dict(dataset=dataset) for use, dataset in sets.items()})


def label(root, split, values):
    """Label the two frames of a split by vertical halves of two ids of CamVid."""
    for index, value in enumerate(values):
        array = np.full((24, 36), value, np.uint8)
        write_png(root / f'annotations/{split}/{split}_{index:05}.png', array)


@pytest.mark.parametrize('use', ['train', 'val'])
def test_all_void_is_a_problem(tmp_path, use):
    write_camvid(tmp_path)
    label(tmp_path, use, [11, 11])
    (report,) = check_config(config_of(**{use: entry(tmp_path, use)}))
    (problem,) = report.problems
    assert 'every pixel of every label file is ignored (255)' in problem
    assert report.notes == []


def test_a_class_that_no_training_label_has(tmp_path):
    write_camvid(tmp_path)
    label(tmp_path, 'train', [0, 11])
    reports = check_config(config_of(train=entry(tmp_path, 'train'), val=entry(tmp_path, 'val')))
    assert [report.problems[:1] for report in reports] == [
        [
            'no training label has a pixel of: Pole, Car; add frames that show it, or leave it '
            'out by metainfo=dict(classes=(...)) of each data set and num_classes of each head'
        ],
        [],
    ]
    assert to_json(reports)['ok'] is False
    assert to_text(reports).endswith('4 good pairs of 4, 1 problem(s)')


def test_a_class_that_only_an_evaluation_lacks_is_a_note(tmp_path):
    write_camvid(tmp_path)
    label(tmp_path, 'val', [0, 8])
    reports = check_config(config_of(train=entry(tmp_path, 'train'), val=entry(tmp_path, 'val')))
    assert [report.problems for report in reports] == [[], []]
    (note,) = reports[1].notes
    assert note.endswith('no label has a pixel of: Pole; it has no IoU in val')
    assert to_json(reports)['ok'] is True and to_json(reports)['sets'][1]['notes'] == [note]
    assert f'Notes:\n  {note}' in to_text(reports)


def test_several_training_sets_count_together(tmp_path):
    for name, values in (('one', [0, 2]), ('other', [8, 8])):
        write_camvid(tmp_path / name)
        label(tmp_path / name, 'train', values)
    joined = dict(
        type='ConcatDataset',
        datasets=[entry(tmp_path / 'one', 'train'), entry(tmp_path / 'other', 'train')],
    )
    reports = check_config(config_of(train=joined))
    assert not any('no training label' in problem for r in reports for problem in r.problems)
