"""Keeps what was read of a checkpoint until mmengine loads it, so that a start reads a file once.

Checks look at a checkpoint before mmengine does. What they saw is what mmengine gets, whatever
becomes of the file in between.
"""

import os
from collections import OrderedDict

from mmseg_ext.checkpoints.safe_loading import Reading, read_with_digest

# The checkpoint that a training begins at, and the pretrained weights of its backbone.
_KEPT = 2
_kept: OrderedDict[str, tuple[tuple[int, ...], Reading]] = OrderedDict()


def peek(path: str, trusted: bool) -> Reading:
    """Read a file, unless it is kept and as it was, and keep what was read.

    Raises:
        CheckpointError: It is missing, truncated, altered or no checkpoint.
        ConfigError: It is not trusted.
    """
    stamp = _stamp(path)
    stamped = _kept.pop(path, None)
    if stamped is None or stamped[0] != stamp:
        stamped = stamp, read_with_digest(path, trusted)
    _kept[path] = stamped
    while len(_kept) > _KEPT:
        _kept.popitem(last=False)
    return stamped[1]


def take(path: str, trusted: bool) -> Reading:
    """Give what is kept of a file, else read it; the caller may change it.

    Raises:
        CheckpointError: It is missing, truncated, altered or no checkpoint.
        ConfigError: It is not trusted.
    """
    stamped = _kept.pop(path, None)
    return read_with_digest(path, trusted) if stamped is None else stamped[1]


def forget() -> None:
    """Keep nothing any more."""
    _kept.clear()


def _stamp(path: str) -> tuple[int, ...]:
    """Return what changes when a file is written anew."""
    try:
        status = os.stat(path)
    except OSError:
        return ()  # Reading it says what is wrong.
    return status.st_ino, status.st_size, status.st_mtime_ns
