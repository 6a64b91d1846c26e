"""Tables as CSV that a spreadsheet takes for what they are."""

import csv
import io
from collections.abc import Iterable

from mmseg_ext.common.printable import printable

# A spreadsheet takes a text that begins so for a formula, and runs it.
_FORMULA = ('=', '+', '-', '@')


class CsvText:
    """Builds a CSV text row by row.

    Numbers are written as they are. A text that a spreadsheet would take for a formula gets an
    apostrophe before it, and control characters, tabs and line breaks are written as escapes.

    Source: OWASP, CSV injection.
    """

    def __init__(self) -> None:
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator='\n')

    def writerow(self, cells: Iterable[object]) -> None:
        """Add a row of texts and numbers."""
        self._writer.writerow([_text(cell) if isinstance(cell, str) else cell for cell in cells])

    @property
    def text(self) -> str:
        """All rows."""
        return self._text.getvalue()


def _text(cell: str) -> str:
    shown = printable(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
