"""Shares and weights of classes, as they can be pasted into a config."""

import numpy as np
import pytest
from layouts import write_camvid, write_png
from mmengine.config import Config

from mmseg_ext.data.checks.as_python import shares_text, weights_text
from mmseg_ext.data.checks.check_report import to_text
from mmseg_ext.data.checks.checks import check_config


def test_shares():
    pixels = np.array([700_000, 299_900, 100])
    assert shares_text(['road', 'car', 'sign'], pixels) == (
        'train_shares=dict(road=70.0, car=29.99, sign=0.01)'
    )
    assert shares_text(['road', 'a car', 'class'], pixels) == (
        "train_shares={'road': 70.0, 'a car': 29.99, 'class': 0.01}"
    )
    # A class that is there has a share above 0, however small.
    assert 'sign=3.3e-07)' in shares_text(['road', 'sign'], np.array([300_000_000, 1]))


def test_weights():
    assert weights_text(np.array([64, 16, 4])) == 'class_weight=[0.5, 1, 2]'


def config_of(root, **metainfo):
    dataset = dict(type='CamVidDataset', data_root=str(root), metainfo=metainfo)
    return Config(
        {
            f'{use}_dataloader': dict(dataset=dict(dataset, split=use))
            for use in ('train', 'val', 'test')
        }
    )


def test_the_check_of_the_data_prints_those_of_the_training_labels(tmp_path):
    write_camvid(tmp_path)
    # 36 columns in 12 stripes of 3, of which the last is void: all classes are as large.
    text = to_text(check_config(config_of(tmp_path)))
    assert text.count('train_shares=') == text.count('class_weight=') == 1
    pasted = eval(f'dict({text[text.index("train_shares=") :].splitlines()[0]})')['train_shares']
    assert list(pasted)[:2] == ['Sky', 'Building']
    assert list(pasted.values()) == pytest.approx([100 / 11] * 11, abs=1e-3)
    assert 'class_weight=[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n' in text


def test_no_weights_without_pixels_of_a_class(tmp_path):
    write_camvid(tmp_path)
    for path in tmp_path.glob('annotations/train/*.png'):
        write_png(path, np.zeros((24, 36), np.uint8))
    text = to_text(check_config(config_of(tmp_path, classes=('Sky', 'Pole'))))
    assert 'train_shares=dict(Sky=100.0, Pole=0.0)' in text and 'class_weight=' not in text
