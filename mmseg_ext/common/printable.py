r"""Names of classes and files as they may be shown: in tables, messages, pages and figures.

A name comes from a config, a file of another program or a disk, and may hold anything: an escape
that a terminal obeys, a line break that ends a row, letters that reverse what follows, a byte that
is no UTF-8. Where a name is shown, such characters are written as Python's escapes, as `\x1b`. Data
keep the name as it is: JSON has escapes of its own.
"""

import re

# Control characters; what breaks lines; what reverses text; lone surrogates, by which
# Python stands for bytes of a file name that are no UTF-8.
_UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]'
)


def printable(text: str) -> str:
    """Write what must not be shown as it is as escapes; line breaks and tabs too."""
    return _UNSAFE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """Write a text of several lines as :func:`printable`, and keep its line breaks and tabs."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] in '\n\t' else _escape(found), text)


def figure_text(text: str) -> str:
    """Write a text for Matplotlib, which would read a formula between two dollar signs."""
    return printable(text).replace('$', r'\$')


def _escape(found: re.Match[str]) -> str:
    return found[0].encode('unicode_escape').decode('ascii')
