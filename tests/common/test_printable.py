"""Names as they may be shown."""

import os
import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_ext.common.errors import DataError
from mmseg_ext.common.printable import figure_text, printable, printable_lines


@pytest.mark.parametrize(
    ('name', 'shown'),
    [
        ('Straße 中 😀 a_b', 'Straße 中 😀 a_b'),
        ('\x1b[31mred\x1b[0m', r'\x1b[31mred\x1b[0m'),
        ('\x9b2J', r'\x9b2J'),
        ('a\nb\tc\rd\x00', r'a\nb\tc\rd\x00'),
        ('\u202egnp.exe', r'\u202egnp.exe'),
        ('a\u2028b', r'a\u2028b'),
        ('\ud800', r'\ud800'),
        (os.fsdecode(b'caf\xe9.png'), r'caf\udce9.png'),
    ],
)
def test_what_must_not_be_shown_is_written_as_an_escape(name, shown):
    assert printable(name) == shown


@given(st.text(st.characters(codec=None) | st.sampled_from('\x1b\n\ud800\u202e\\')))
def test_what_is_shown_is_one_line_of_utf8_without_commands(name):
    shown = printable(name)
    assert not {unicodedata.category(letter) for letter in shown} & {'Cc', 'Cs', 'Zl', 'Zp'}
    shown.encode('utf-8')
    assert printable(shown) == shown
    assert len(shown.splitlines()) <= 1


def test_a_message_keeps_its_lines():
    assert printable_lines('one\n\ttwo\r\x1b') == 'one\n\ttwo\\r\\x1b'
    error = DataError('a\x1bb.png: broken\nand so on')
    assert str(error) == 'a\\x1bb.png: broken\nand so on'
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_figure_reads_no_formula():
    assert figure_text('$\\frac$ \ud800') == '\\$\\frac\\$ \\ud800'
