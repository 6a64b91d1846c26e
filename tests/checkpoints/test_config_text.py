"""The text of a config is read, and nothing in it runs."""

import pytest
from mmengine.config import Config

from mmseg_ext.checkpoints.config_text import plain_parts


def test_a_config_as_mmengine_writes_it():
    values = dict(
        model=dict(
            type='EncoderDecoder',
            data_preprocessor=dict(mean=[123.675, -1, 0], std=None, bgr_to_rgb=True),
        ),
        pipeline=[dict(type='LoadImageFromFile'), dict(type='Resize', scale=(64, 48))],
        classes={'a class': 1, 'x': [dict()]},
    )
    read = plain_parts(Config(values).pretty_text)
    assert read['model'] == values['model']
    assert read['pipeline'][1] == dict(type='Resize', scale=[64, 48])
    assert read['classes'] == values['classes']


@pytest.mark.parametrize('code', ['__import__("os")', 'dict(a)', 'f(x=1)', 'x', '1 + 1', '-x'])
def test_what_is_no_plain_value_is_none(code):
    assert plain_parts(f'a = {code}\nb = dict(c={code}, d=1)') == dict(a=None, b=dict(c=None, d=1))


@pytest.mark.parametrize(
    'text',
    [
        None, 3, '', 'a = ', 'raise SystemExit', 'a\0b', 'a = ' + '(' * 10**4, 'a=' + '-' * 10**5,
        'a = 1' + '+1' * 10**5, 'a = x' + '.x' * 10**5, 'a = 1\n' * 10**6, 'a = [' * 150,
    ],
)  # fmt: skip
def test_no_text_stops_it(text):
    assert plain_parts(text) in ({}, dict(a=None))
