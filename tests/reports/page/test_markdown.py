"""Names in Markdown, read by another library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mmseg_ext.common.printable import printable
from mmseg_ext.reports.markdown import code, markdown, plain
from mmseg_ext.reports.text_table import TextTable

READER = MarkdownIt('commonmark').enable(['table', 'strikethrough'])

nasty = st.text(
    st.sampled_from('<>&|`*_[]()!\\~$#-+ a1:/"\'\n\x1b\ud800') | st.characters(codec='utf-8'),
    min_size=1,
) | st.sampled_from(
    ['<img src=x onerror=alert(1)>', '![x](http://x/t.png)', '[a](javascript:b)', '&lt;', '<!--',
     '`<b>`', 'a|b', '__a__', 'traffic_light', '~~a~~', '\\<b>', '<http://a.b>', '&#60;b>']
)  # fmt: skip


def cells(text):
    """Return the text of every cell, and of what else it is made."""
    tokens = [token for token in READER.parse(text) if token.type == 'inline']
    kinds = {child.type for token in tokens for child in token.children}
    return [''.join(child.content for child in token.children) for token in tokens], kinds


@given(nasty)
def test_a_name_in_a_table_is_text_and_nothing_else(name):
    table = TextTable(['Class', f'heading {name}'])
    table.add_row([f'x{name}x', '1.0'])
    found, kinds = cells(markdown(table))
    assert kinds <= {'text', 'text_special'}
    assert found == ['Class', printable(f'heading {name}').strip(), printable(f'x{name}x'), '1.0']


@given(nasty)
def test_a_name_in_a_sentence_is_text_and_nothing_else(name):
    found, kinds = cells(f'- {plain(f"x {name} x")}')
    assert kinds <= {'text', 'text_special'}
    assert found == [printable(f'x {name} x')]


@given(nasty)
def test_code_is_code(name):
    found, kinds = cells(f'| a | b |\n| - | - |\n| c | {code(f"x{name}x")} |')
    assert kinds == {'text', 'code_inline'}
    # A backslash before a bar is the one thing that code in a table cannot hold.
    if '\\|' not in name and '\\' not in name:
        assert found[-1] == printable(f'x{name}x')


@pytest.mark.parametrize('text', ['a `b`', '`', '``'])
def test_code_with_its_own_marks(text):
    assert cells(code(text)) == ([text], {'code_inline'})


def test_what_is_no_markup_stays_readable():
    text = 'traffic_light: mIoU +1.5 (p < 0.001), A & B, 5 %'
    assert plain(text) == text
