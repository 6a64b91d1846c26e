"""Drawing that cannot take a report with it."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from mmseg_ext.common.printable import printable_lines


class Attempts:
    """Draws figures each alone: where one fails, a sentence stands in its place.

    Attributes:
        failed: What could not be drawn, and why.
    """

    def __init__(self) -> None:
        self.failed: list[str] = []

    def draw(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function draws, or why it could not.

        Args:
            name: What it draws, for messages.
            function: Draws it.
            *arguments: Those of the function.
        """
        # Whatever a name or a figure makes of Matplotlib: the counts are worth more.
        try:
            return function(*arguments)
        except Exception as error:
            self.failed.append(
                printable_lines(f'{name}: cannot be drawn ({type(error).__name__}: {error})')
            )
            return Markup('<p class="soft">{}</p>').format(self.failed[-1])
