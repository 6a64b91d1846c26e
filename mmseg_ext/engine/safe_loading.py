"""Loads checkpoints without running code that they contain.

A checkpoint is a pickle, and unpickling calls what the file names. torch's restricted unpickler
calls only an allow-list. mmengine uses it first, with a list that includes `getattr`, and then, for
a file that it refuses, falls back to unrestricted unpickling. Here nothing falls back, and what
mmengine's own checkpoints need beyond tensors is replaced by inert stand-ins.

Source: our decision; the documentation of `torch.load(weights_only=True)`.
"""

import io
import pickle
import zipfile
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from mmseg_ext.engine.checkpoint_file import read_intact
from mmseg_ext.engine.pickle_names import names_in_checkpoint
from mmseg_ext.errors import CheckpointError, ConfigError

SWITCH = '--trust-checkpoint'
"""The command-line switch that allows unrestricted unpickling."""

# What weights are made of, to be left out of a message.
_USUAL = ('torch.', 'collections.', '_codecs.', 'numpy.', 'mmengine.logging.', 'builtins.getattr')


class _History:
    """What a pickled `HistoryBuffer` holds; its own `__setstate__` would take over functions."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.values = state['_log_history'], state['_count_history'], state['max_length']

    def restore(self) -> HistoryBuffer:
        return HistoryBuffer(*self.values)


def _statistic(owner: Any, name: str) -> None:
    """Stand in for `getattr(HistoryBuffer, name)`, with which a buffer names its statistics."""
    if owner is not _History:
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r})')


def _allowed() -> list[Any]:
    """What a checkpoint of mmengine needs besides torch's own list: arrays and stand-ins."""
    core = np._core if hasattr(np, '_core') else np.core
    dtypes = [type(np.dtype(kind)) for kind in ('bool', *np.typecodes['AllInteger'], *'efdg')]
    return [
        (_History, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_statistic, 'builtins.getattr'),
        (core.multiarray._reconstruct, 'numpy.core.multiarray._reconstruct'),
        (core.multiarray._reconstruct, 'numpy._core.multiarray._reconstruct'),
        (core.multiarray.scalar, 'numpy.core.multiarray.scalar'),
        (core.multiarray.scalar, 'numpy._core.multiarray.scalar'),
        np.ndarray,
        np.dtype,
        *dtypes,
    ]


def read_checkpoint(path: str, map_location: Any = 'cpu', trusted: bool = False) -> Any:
    """Read a checkpoint file.

    Args:
        path: A local file.
        map_location: Where tensors go, as in `torch.load`.
        trusted: Whether to unpickle without restriction, which runs whatever code is in the file.

    Returns:
        What was saved, mostly a dict.

    Raises:
        CheckpointError: The file is truncated, altered or no checkpoint.
        ConfigError: It needs unrestricted unpickling and is not trusted; the message says for what.
    """
    content = read_intact(path)
    if trusted:
        return _load(path, content, map_location, weights_only=False)
    if not hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint'):
        raise ConfigError(
            f'torch {torch.__version__} cannot load {path} without running the code that it may '
            f'contain; update to torch 2.6, or give {SWITCH} if you know where the file is from'
        )
    with torch.serialization.safe_globals(_allowed()):
        return _load(path, content, map_location, weights_only=True)


def _load(path: str, content: bytes, map_location: Any, weights_only: bool) -> Any:
    try:
        checkpoint = torch.load(io.BytesIO(content), map_location, weights_only=weights_only)
        return _without_config(_restore_histories(checkpoint)) if weights_only else checkpoint
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
        return _unreadable(path, 'it holds no pickle')
    try:
        found = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
    except Exception:  # it reads fewer kinds of pickles
        found = [name for name in named if not name.startswith(_USUAL)]
    what = ', '.join(sorted(found)[:5]) or 'objects other than tensors'
    return ConfigError(
        f'{path} is not loaded, because reading it could run code: it needs {what}. If you know '
        f'where the file is from, give {SWITCH}'
    )


def _restore_histories(checkpoint: Any) -> Any:
    """Turn the stand-ins back into buffers, where mmengine keeps them."""
    hub = checkpoint.get('message_hub') if isinstance(checkpoint, dict) else None
    scalars = hub.get('log_scalars') if isinstance(hub, dict) else None
    if isinstance(scalars, dict):
        for name, value in scalars.items():
            if isinstance(value, _History):
                scalars[name] = value.restore()
    return checkpoint


def _without_config(checkpoint: Any) -> Any:
    """Leave out the text that old checkpoints have as `config`: mmengine's resume executes it."""
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    if isinstance(meta, dict):
        meta.pop('config', None)
    return checkpoint
