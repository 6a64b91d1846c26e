"""Loads checkpoints without running code that they contain.

A checkpoint is a pickle, and unpickling calls what the file names. torch's restricted unpickler
calls only an allow-list. mmengine uses it first, with a list that includes `getattr`, and then, for
a file that it refuses, falls back to unrestricted unpickling. Here nothing falls back, and what
mmengine's own checkpoints need beyond tensors is replaced by inert stand-ins.

Source: our decision; the documentation of `torch.load(weights_only=True)`.
"""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from mmseg_ext.engine.checkpoint_file import read_intact
from mmseg_ext.errors import CheckpointError, ConfigError

SWITCH = '--trust-checkpoint'
"""The command-line switch that allows unrestricted unpickling."""


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
    content = io.BytesIO(read_intact(path))
    if trusted:
        return _loaded(path, lambda: torch.load(content, map_location, weights_only=False))
    if not hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint'):
        raise ConfigError(
            f'torch {torch.__version__} cannot load {path} without running the code that it may '
            f'contain; update to torch 2.6, or give {SWITCH} if you know where the file is from'
        )
    with torch.serialization.safe_globals(_allowed()):
        try:
            checkpoint = _loaded(path, lambda: torch.load(content, map_location, weights_only=True))
        except pickle.UnpicklingError as error:
            raise ConfigError(_refusal(path, content, error)) from error
    return _restore_histories(checkpoint)


def _loaded(path: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except pickle.UnpicklingError as error:
        if 'Weights only load failed' in str(error):
            raise
        raise _unreadable(path, error) from error
    except Exception as error:  # a damaged pickle may fail in any way
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> CheckpointError:
    first_line = (str(error) or type(error).__name__).splitlines()[0]
    return CheckpointError(f'{path} is not a readable checkpoint: {first_line}')


def _refusal(path: str, content: io.BytesIO, error: Exception) -> str:
    content.seek(0)
    try:
        found = sorted(torch.serialization.get_unsafe_globals_in_checkpoint(content))
    except Exception:  # it disassembles less than the unpickler reads
        found = []
    what = f'names {", ".join(found[:5])}' if found else f'holds {_reason(error)}'
    return (
        f'{path} is not loaded, because reading it could run code: it {what}, which weights do not '
        f'need. If you know where the file is from, give {SWITCH}'
    )


def _reason(error: Exception) -> str:
    """Return what torch's unpickler met, from its message of many lines."""
    lines = [line for line in str(error).splitlines() if 'WeightsUnpickler error' in line]
    return lines[0].split('WeightsUnpickler error:')[-1].strip() if lines else 'unknown objects'


def _restore_histories(checkpoint: Any) -> Any:
    """Turn the stand-ins back into buffers, where mmengine keeps them."""
    hub = checkpoint.get('message_hub') if isinstance(checkpoint, dict) else None
    scalars = hub.get('log_scalars') if isinstance(hub, dict) else None
    if isinstance(scalars, dict):
        for name, value in scalars.items():
            if isinstance(value, _History):
                scalars[name] = value.restore()
    return checkpoint
