"""Texts and tables as Markdown in which a name is never markup."""

import re

from prettytable import PrettyTable, TableStyle

from mmseg_ext.common.printable import printable

_MARKUP = re.compile(r'[\\`*\[\]~$#|]|(?<![^\W_])_|_(?![^\W_])')
# What begins an element, a comment or an entity; a sign before a space or a number does not.
_HTML = re.compile(r'<(?=[a-zA-Z/!?])|&(?=#?\w+;)')


def plain(text: str) -> str:
    """Write a text so that it stands in Markdown as it is: no HTML, picture, link or emphasis."""
    text = _HTML.sub(lambda found: '&lt;' if found[0] == '<' else '&amp;', printable(text))
    return _MARKUP.sub(r'\\\g<0>', text)


def code(text: str) -> str:
    """Write a text as code, for a cell of a table too."""
    text = printable(text)
    fence = '`' * (1 + max(map(len, re.findall('`+', text)), default=0))
    space = ' ' if text.startswith('`') or text.endswith('`') else ''
    # Within code nothing is markup, but a bar would still end the cell.
    return f'{fence}{space}{text}{space}{fence}'.replace('|', r'\|')


def markdown(table: PrettyTable) -> str:
    """Write a table of plain texts as Markdown."""
    copy = PrettyTable([plain(name) for name in table.field_names])
    copy.add_rows([[plain(str(cell)) for cell in row] for row in table.rows])
    for name, plain_name in zip(table.field_names, copy.field_names, strict=True):
        copy.align[plain_name] = table.align[name]
    copy.set_style(TableStyle.MARKDOWN)
    return copy.get_string()
