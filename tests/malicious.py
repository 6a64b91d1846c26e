"""Checkpoints that run code when they are unpickled without restriction."""

import importlib
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import HistoryBuffer


class Call:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple:
        return self.function, self.arguments

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


def checkpoint(payload: Any, state: dict[str, torch.Tensor] | None = None) -> dict[str, Any]:
    """A checkpoint that looks like a full one of mmengine, with a payload among its meta data."""
    return dict(
        meta=dict(iter=2, epoch=0, hidden=payload),
        state_dict=OrderedDict(state or {'a': torch.zeros(1)}),
        message_hub=dict(
            log_scalars={'train/loss': HistoryBuffer([1.0], [1])}, runtime_info={}, resumed_keys={}
        ),
    )


def write(path: Path, content: Any, how: str = 'zip') -> Path:
    """Write it by torch, as a ZIP archive or in the old format, or as a bare pickle."""
    if how == 'pickle':
        path.write_bytes(pickle.dumps(content, protocol=4))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how == 'zip')
    return path
