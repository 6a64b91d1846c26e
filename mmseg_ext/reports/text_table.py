"""Tables for a terminal."""

from collections.abc import Sequence
from typing import Any

from prettytable import PrettyTable

from mmseg_ext.common.printable import printable


class TextTable(PrettyTable):
    """A table of which no name can break the rows or reach the terminal as a command.

    Args:
        headings: Of the columns; the first is aligned to the left, the others to the right.
    """

    def __init__(self, headings: Sequence[str]):
        super().__init__([printable(heading) for heading in headings])
        self.align = 'r'
        self.align[self.field_names[0]] = 'l'

    def add_row(self, row: Sequence[Any], *, divider: bool = False) -> None:
        """Add a row of texts and numbers, and a line below it where asked."""
        super().add_row([printable(str(cell)) for cell in row], divider=divider)
