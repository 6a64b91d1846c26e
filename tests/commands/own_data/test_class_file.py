"""The names, ids and colours of classes, as a command line or a file gives them."""

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
        '# ours\nroad 7 8\n\ntraffic light 19 250,170,30  # both\nroad 9\nignore 0 255 0,0,0\n',
    )
    assert classes == [
        {'name': 'road', 'ids': [7, 8, 9]},
        {'name': 'traffic light', 'ids': [19], 'colours': [(250, 170, 30)]},
    ]
    assert ignored == [0, 255, (0, 0, 0)]


def test_a_colour_in_front_as_in_the_file_of_camvid(tmp_path):
    classes, ignored = of_file(tmp_path, '64 128 64\tAnimal\n192 0 128\t\tArchway\n0 0 0 ignore\n')
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


@pytest.mark.parametrize('text', ['7', '255', '0,128,255'])
def test_values_are_written_as_they_are_read(text):
    assert text_of(value_of(text)) == text


@pytest.mark.parametrize('text', ['-1', '1.5', '1,2', '1,2,3,4', 'void', '²', ''])
def test_what_is_no_value(text):
    with pytest.raises(ConfigError, match='is neither an id nor a colour R,G,B'):
        value_of(text)
