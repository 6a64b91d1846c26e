"""Errors that a user can mend.

Each takes one string, which says what is wrong, where, and what to do. One argument only: an
exception with more does not survive the trip from a data-loading worker to the main process.
"""

import difflib
from collections.abc import Iterable

from mmseg_ext.common.printable import printable_lines


class UserError(Exception):
    """Something in the input is wrong; the message tells the user what to change."""

    def __str__(self) -> str:
        """The message, with names in it that a terminal can show."""
        return printable_lines(super().__str__())


class DataError(UserError):
    """A file or folder of a data set is missing, broken or holds what it must not."""


class ConfigError(UserError):
    """A config or a command line asks for something that cannot work."""


class PipelineError(ConfigError):
    """A transform cannot work at its place; the data set adds the order of its pipeline."""


class CheckpointError(ConfigError):
    """A checkpoint that was asked for is truncated, altered or none."""


class DiskError(UserError):
    """A file cannot be written; what was there before is still there."""


class MachineError(UserError):
    """Memory or the disk is full, or a process was killed."""


class NonFiniteError(UserError):
    """The training met a loss or a gradient that is not finite."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean X?` for the closest known name, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f', did you mean {close[0]}?' if close else ''
