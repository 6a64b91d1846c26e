"""Explains why mmengine could not initialise weights as an `init_cfg` asks for."""

import linecache
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from mmengine.config import config
from mmengine.model import BaseModule, weight_init

from mmseg_ext.common.errors import ConfigError


def explain_init_error(error: Exception) -> ConfigError | None:
    """Turn what mmengine raised about an `init_cfg` into a message about the config.

    Args:
        error: The exception, with its traceback.

    Returns:
        The explanation, or None where the exception does not come from an `init_cfg`.
    """
    # A config's dict has code of its own for a missing key.
    frames = [
        (frame, line)
        for frame, line in _frames(error.__traceback__)
        if frame.f_code.co_filename != config.__file__
    ]
    modules = [f.f_locals.get('self') for f, _ in frames if f.f_code is _INIT_WEIGHTS]
    if not modules or not _of_mmengine(frames[-1][0]):
        return None
    text = _text(error, *frames[-1])
    module: Any = modules[-1]
    return ConfigError(
        f'init_cfg of {type(module).__name__} in the config: {text}, got {module.init_cfg}'
    )


_INIT_WEIGHTS = BaseModule.init_weights.__code__


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _of_mmengine(frame: FrameType) -> bool:
    return frame.f_code is _INIT_WEIGHTS or frame.f_code.co_filename == weight_init.__file__


def _text(error: Exception, frame: FrameType, line: int) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r}, as in init_cfg=dict(type='Normal', std=0.01)"
    if error.args:
        return str(error.args[0])
    # An assertion without a text says what it wants itself.
    return linecache.getline(frame.f_code.co_filename, line).strip()
