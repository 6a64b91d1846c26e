"""The names, ids and colours of classes, as a command line or a file gives them."""

from pathlib import Path

import pytest

from mmseg_ext.commands.own_data.class_file import classes_of, text_of, value_of
from mmseg_ext.common.errors import ConfigError


def of_file(tmp_path, content):
    (tmp_path / 'classes').write_text(content, encoding='utf-8')
    return classes_of(str(tmp_path / 'classes'))


def test_names_with_commas():
    assert classes_of('road, traffic light,sky') == (
        [{'name': 'road'}, {'name': 'traffic light'}, {'name': 'sky'}],
        [],
    )


def test_ids_and_colours_behind_the_name(tmp_path):
    classes, ignored = of_file(
        tmp_path,
        '# ours\nroad 7 8\n\ntraffic light 19 250, 170 ,30  # both\nignore 0 255\nignore 0,0,0\n',
    )
    assert classes == [
        {'name': 'road', 'ids': [7, 8]},
        {'name': 'traffic light', 'ids': [19], 'colours': [(250, 170, 30)]},
    ]
    assert ignored == [0, 255, (0, 0, 0)]


def test_a_colour_in_front_as_in_the_file_of_camvid(tmp_path):
    classes, ignored = of_file(tmp_path, '64 128 64\tAnimal\n192,0,128\t\tArchway\n0 0 0 ignore\n')
    assert classes == [
        {'name': 'Animal', 'colours': [(64, 128, 64)]},
        {'name': 'Archway', 'colours': [(192, 0, 128)]},
    ]
    assert ignored == [(0, 0, 0)]


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('road 1\n2 3\n', "line 2: '2 3' has no name"),
        ('# nothing\nignore 0\n', 'names no class'),
        ('road 1\n\ncar 30,60,22O\n', "line 3: 'car 30,60,22O': '30,60,22O' is neither part of"),
        ('car 30,60,22O\n', 'a line is a name, and then its ids or its colours with spaces'),
        ('car 22O\n', "line 1: 'car 22O': '22O' is neither part of a name nor an id"),
        ('0 road\n', "line 1: '0 road': '0' is neither"),
        ('road,128,64,128\n', "line 1: 'road,128,64,128': ',1' is neither"),
        ('road 7,8\n', "line 1: '7,8' is neither an id nor a colour"),
        ('road 1\ncar 1,2,256\n', "line 2: '1,2,256' is no colour R,G,B of 0 to 255"),
        ('road 65536\n', "line 1: '65536' is no id from 0 to 65535"),
        ('road 7\ncar 9\nroad 8\n', 'line 3: \'road\' is in line 1 already; .*"road 7 8"'),
        (
            'road 1,2,3\n\ncar 1,2,3\n',
            "line 3: 1,2,3 stands for 'car' here, and for 'road' in line 1",
        ),
        ('ignore 7\ncar 6 7\n', "line 2: 7 stands for 'car' here, and for 'ignore' in line 1"),
    ],
)
def test_lines_that_are_none(tmp_path, content, message):
    with pytest.raises(ConfigError, match=message):
        of_file(tmp_path, content)


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / 'classes').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ConfigError, match='--classes .*classes: cannot be read as text'):
        classes_of(str(tmp_path / 'classes'))
    with pytest.raises(ConfigError, match='the id that is not counted by --ignore'):
        classes_of('road,ignore')
    with pytest.raises(ConfigError, match=r'--classes here/classes: no such file'):
        classes_of('here/classes')


def test_where_a_file_is_looked_for(tmp_path, monkeypatch):
    (tmp_path / 'shots').mkdir()
    (tmp_path / 'shots/classes.txt').write_text('road 1\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        classes_of('classes.txt', Path('shots'))
    assert str(raised.value) == (
        f'--classes classes.txt: no such file in the current folder, {tmp_path}; there is '
        'shots/classes.txt'
    )


@pytest.mark.parametrize('text', ['7', '255', '0,128,255'])
def test_values_are_written_as_they_are_read(text):
    assert text_of(value_of(text)) == text


@pytest.mark.parametrize('text', ['-1', '1.5', '1,2', '1,2,3,4', 'void', '²', ''])
def test_what_is_no_value(text):
    with pytest.raises(ConfigError, match='is neither an id nor a colour R,G,B'):
        value_of(text)
