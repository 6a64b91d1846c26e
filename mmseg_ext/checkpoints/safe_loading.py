"""Loads checkpoints without running code that they contain.

A checkpoint is a pickle, and unpickling calls what the file names. torch's restricted unpickler
calls only an allow-list. mmengine uses it first, with a list that includes `getattr`, and then, for
a file that it refuses, falls back to unrestricted unpickling. Here nothing falls back, and what
mmengine's own checkpoints need beyond tensors is replaced by inert stand-ins.

Source: our decision; the documentation of `torch.load(weights_only=True)`.
"""

import contextlib
import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.logging import HistoryBuffer

from mmseg_ext.checkpoints.checkpoint_file import read_intact
from mmseg_ext.checkpoints.pickle_arrays import (
    ARRAY_STAND_INS,
    PickledArray,
    Refused,
    StandIn,
    restored,
)
from mmseg_ext.checkpoints.pickle_names import names_in_checkpoint
from mmseg_ext.common.errors import CheckpointError, ConfigError

SWITCH = '--trust-checkpoint'
"""The command-line switch that allows unrestricted unpickling."""

# What weights are made of, to be left out of a message.
_USUAL = (
    'torch.',
    'collections.',
    '_codecs.',
    'numpy.',
    'mmengine.logging.',
    'builtins.getattr',
    'builtins.bytes',
)


class _History(StandIn):
    """What a pickled `HistoryBuffer` holds; its own `__setstate__` would take over functions."""

    _values: object = None
    _counts: object = None
    _max_length: object = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._values, self._counts = state['_log_history'], state['_count_history']
        self._max_length = state['max_length']

    def restore(self) -> HistoryBuffer:
        if not (
            isinstance(self._values, PickledArray)
            and isinstance(self._counts, PickledArray)
            and type(self._max_length) is int
        ):
            raise Refused('it needs a log history of something other than numbers')
        values, counts = self._values.restore(), self._counts.restore()
        if values.ndim != 1 or values.shape != counts.shape:
            raise Refused('it needs a log history that is not one number and one count a step')
        return HistoryBuffer(values, counts, self._max_length)


def _statistic(owner: Any, name: str) -> None:
    """Stand in for `getattr(HistoryBuffer, name)`, with which a buffer names its statistics."""
    if owner is not _History:
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r})')


def _plain_dict(values: object) -> dict[Any, Any]:
    """Stand in for mmengine's `ConfigDict`, of which `metainfo` in a config is made."""
    if type(values) is not dict:
        raise Refused('it needs a ConfigDict of something other than a dict')
    return values


_STAND_INS: list[Any] = [
    (_plain_dict, 'mmengine.config.config.ConfigDict'),
    (_History, 'mmengine.logging.history_buffer.HistoryBuffer'),
    (_statistic, 'builtins.getattr'),
    *ARRAY_STAND_INS,
]


@contextlib.contextmanager
def _stand_ins_allowed() -> Iterator[None]:
    """Allow the stand-ins only: what others have allowed may be the real things by these names."""
    others = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        with torch.serialization.safe_globals(_STAND_INS):
            yield
    finally:
        torch.serialization.add_safe_globals(others)


class Reading(NamedTuple):
    """What was read of a checkpoint file.

    Attributes:
        content: What was saved, tensors on the CPU.
        sha256: Of the file as it was then, in hexadecimal.
    """

    content: Any
    sha256: str


def read_checkpoint(path: str, trusted: bool = False) -> Any:
    """Read a checkpoint file.

    Args:
        path: A local file.
        trusted: Whether to unpickle without restriction, which runs whatever code is in the file.

    Returns:
        What was saved, tensors on the CPU; unless it is trusted, a dict whose `meta`, if it has
        one, is a dict too.

    Raises:
        CheckpointError: The file is missing, truncated, altered or no checkpoint.
        ConfigError: It is not trusted, and needs unrestricted unpickling or is no dict; the message
            says for what.
    """
    return read_with_digest(path, trusted).content


def read_with_digest(path: str, trusted: bool) -> Reading:
    """Read a checkpoint file, as :func:`read_checkpoint` does, and tell the checksum of the file.

    Raises:
        CheckpointError: The file is missing, truncated, altered or no checkpoint.
        ConfigError: It is not trusted, and needs unrestricted unpickling or is no dict.
    """
    if not Path(path).is_file():
        raise CheckpointError(f'no checkpoint file {path}')
    content, sha256 = read_intact(path)
    if trusted:
        return Reading(_load(path, content, weights_only=False), sha256)
    if not hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint'):
        raise ConfigError(
            f'torch {torch.__version__} cannot load {path} without running the code that it may '
            f'contain; update to torch 2.6, or give {SWITCH} if you know where the file is from'
        )
    with _stand_ins_allowed():
        return Reading(_load(path, content, weights_only=True), sha256)


def _load(path: str, content: bytes, weights_only: bool) -> Any:
    try:
        checkpoint = torch.load(io.BytesIO(content), 'cpu', weights_only=weights_only)
        return _without_config(restored(checkpoint)) if weights_only else checkpoint
    except Refused as error:
        raise _not_loaded(path, str(error)) from error
    except pickle.UnpicklingError as error:
        if weights_only:
            raise _refusal(path, content) from error
        raise _unreadable(path, error) from error
    except Exception as error:  # a damaged pickle may fail in any way
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: object) -> CheckpointError:
    first_line = (str(error) or type(error).__name__).splitlines()[0]
    return CheckpointError(f'{path} is not a readable checkpoint: {first_line}')


def _refusal(path: str, content: bytes) -> ConfigError:
    """Say why torch's restricted unpickler refused a file: is it a pickle, and of what?"""
    try:
        named = names_in_checkpoint(content)
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile):
        if path.lower().endswith('.onnx'):
            return CheckpointError(
                f'{path} is an ONNX file and no checkpoint: `mmseg-debias predict --onnx {path} '
                'INPUT... --out DIR` predicts with it, without a config'
            )
        return _unreadable(path, 'it holds no pickle')
    try:
        found = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
    except Exception:  # it reads fewer kinds of pickles
        found = [name for name in named if not name.startswith(_USUAL)]
    what = ', '.join(sorted(found)[:5]) or 'objects other than tensors'
    return _not_loaded(path, f'reading it could run code: it needs {what}')


def _not_loaded(path: str, reason: str) -> ConfigError:
    return ConfigError(
        f'{path} is not loaded, because {reason}. If you know where the file is from, give {SWITCH}'
    )


def _without_config(checkpoint: Any) -> Any:
    """Leave out the text that old checkpoints have as `config`: mmengine's resume executes it.

    mmengine asks for it whatever there is as `meta`, not only a dict.
    """
    if type(checkpoint) not in (dict, OrderedDict):
        raise Refused(f'it holds no parameters but a {type(checkpoint).__name__}')
    if 'meta' in checkpoint:
        meta = checkpoint['meta']
        if type(meta) not in (dict, OrderedDict):
            raise Refused(f'its meta is no dict but a {type(meta).__name__}')
        # The methods are dict's own: an OrderedDict may have attributes by these names.
        checkpoint['meta'] = dict(dict.items(meta))
        dict.pop(checkpoint['meta'], 'config', None)
    return checkpoint
