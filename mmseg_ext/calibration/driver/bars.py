"""Progress bars of a calibration, on a terminal only."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, track


def tracked(loader: Iterable, title: str, shown: bool, total: int | None = None) -> Iterable:
    """Show how far a loop is; ``total`` is for what has no length."""
    console = Console(stderr=True)
    hidden = not (shown and sys.stderr.isatty())
    return track(loader, title, total, console=console, disable=hidden, transient=True)


@contextmanager
def counted(title: str, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that takes how many are done, and how many there will be."""
    hidden = not (shown and sys.stderr.isatty())
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
