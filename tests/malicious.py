"""Checkpoints that run code or misuse memory when they are unpickled without restriction."""

import importlib
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer


class Call:
    """Calls a function when it is unpickled, and may give what it returns a state."""

    def __init__(self, function: Any, *arguments: Any, state: Any = None) -> None:
        self.function, self.arguments, self.state = function, arguments, state

    def __reduce__(self) -> tuple:
        return self.function, self.arguments, self.state

    def __call__(self) -> None:
        """What pickle takes for a function must look like one."""


class Poisoned(HistoryBuffer):
    """Brings a function of its own into the statistics that every buffer shares."""

    def __init__(self, function: Any) -> None:
        super().__init__([1.0], [1])
        self.function = function

    def __reduce__(self) -> tuple:
        state = {**HistoryBuffer([1.0], [1]).__dict__, 'statistics_methods': {'x': self.function}}
        return HistoryBuffer, (), state


def payloads(marker: Path) -> dict[str, Any]:
    """What may be hidden in a checkpoint; each makes the folder `marker` when it runs."""
    code = f'import os; os.makedirs({str(marker)!r}, exist_ok=True)'
    return {
        'posix.mkdir': Call(os.mkdir, str(marker)),
        'builtins.exec': Call(exec, code),
        'importlib.import_module': Call(
            Call(getattr, Call(importlib.import_module, 'os'), 'mkdir'), str(marker)
        ),
    }


_RECONSTRUCT = np.zeros(1).__reduce__()[0]
_SCALAR = np.float64(0).__reduce__()[0]
_INTEGER, _POINTER = np.dtype('i8'), b'A' * 8


def _array(dtype: Any, shape: tuple[int, ...], content: Any) -> Call:
    """What NumPy writes of an array."""
    return Call(_RECONSTRUCT, np.ndarray, (0,), b'b', state=(1, shape, dtype, False, content))


def _history(values: Any, counts: Any = (), max_length: Any = 10) -> Call:
    state = dict(_log_history=values, _count_history=counts, max_length=max_length)
    return Call(HistoryBuffer, state=state)


def arrays() -> dict[str, Any]:
    """What NumPy unpickles into pointers, memory or fields that a file chose, or has no use for."""
    objects = Call(
        np.dtype, 'i8', False, True,
        state=(3, '<', (Call(np.dtype, 'O'), (1,)), None, None, 8, 8, 0),
    )  # fmt: skip
    wide = Call(np.dtype, 'i8', False, True, state=(3, '<', None, None, None, 800, 8, 0))
    pointers = Call(np.ndarray, (1,), objects, _POINTER)
    return {
        'pointers': pointers,
        'pointers as content': _array(objects, (1,), _POINTER),
        'pointers in a history': _history(pointers, pointers),
        'a pointer': Call(_SCALAR, objects, _POINTER),
        'objects': np.array([None]),
        'fields': np.zeros(1, [('config', 'i8')]),
        'fields of one row': fields(config='a = 1'),
        'a size of its own': _array(wide, (1,), _POINTER),
        'text': np.array(['a']),
        'memory as it was': Call(np.ndarray, (4,), _INTEGER),
        'an array over another': Call(np.ndarray, (1,), _INTEGER, np.zeros(4)),
        'too few bytes': _array(_INTEGER, (1 << 20,), _POINTER),
        'too many bytes': _array(_INTEGER, (), _POINTER * 2),
        'no bytes but a list': _array(_INTEGER, (1,), [1]),
        'a negative size': _array(_INTEGER, (-1, -1), _POINTER),
        'a hundred dimensions': _array(_INTEGER, (1,) * 100, _POINTER),
        'no content': Call(_RECONSTRUCT, np.ndarray, (0,), b'b'),
        'another class': Call(_RECONSTRUCT, HistoryBuffer, (0,), b'b'),
        'another form': Call(_RECONSTRUCT, np.ndarray, (0,), b'b', state=(2, None)),
        'no type': _array(None, (1,), _POINTER),
        'truth of 2': _array(np.dtype(bool), (1,), b'\2'),
        'many zeros': Call(bytes, 1 << 20),
        'a history of a list': _history([1.0], [1]),
        'a history without counts': _history(np.zeros(2), np.zeros(1)),
        'a history without a length': _history(np.zeros(1), np.zeros(1), None),
        'a history without values': Call(HistoryBuffer),
    }


def fields(**values: Any) -> Call:
    """A NumPy scalar with a field for each value, which it finds by name as a dict does."""
    dtype = [(name, np.array(value).dtype.str) for name, value in values.items()]
    row = np.array([tuple(values.values())], dtype)
    return Call(_SCALAR, Call(np.dtype, dtype), row.tobytes())


def checkpoint(payload: Any, state: dict[str, torch.Tensor] | None = None) -> dict[str, Any]:
    """A checkpoint that looks like a full one of mmengine, with a payload among its meta data."""
    return dict(
        meta=dict(iter=2, epoch=0, hidden=payload),
        state_dict=OrderedDict(state or {'a': torch.zeros(1)}),
        message_hub=dict(
            log_scalars={'train/loss': HistoryBuffer([1.0], [1])}, runtime_info={}, resumed_keys={}
        ),
    )


def write(path: Path, content: Any, how: str = 'zip', protocol: int = 2) -> Path:
    """Write it by torch, as a ZIP archive or in the old format, or as a bare pickle."""
    if how == 'pickle':
        path.write_bytes(pickle.dumps(content, protocol=4))
    else:
        torch.save(
            content,
            path,
            pickle_protocol=protocol,
            _use_new_zipfile_serialization=how == 'zip',
        )
    return path
