"""How an evaluation came about, as far as every command knows it."""

import datetime
import platform
import shlex
import sys
from typing import Any

import cv2
import numpy as np

from mmseg_ext.common.version import __version__


def describe_command(**versions: str) -> dict[str, Any]:
    """Describe this process: when, by what command, with which versions.

    Args:
        **versions: Those of what else computes the figures.
    """
    return {
        'created': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
        'command': shlex.join(['python', *sys.argv]),
        'versions': {
            'mmseg_ext': __version__,
            'python': platform.python_version(),
            **{name: str(number) for name, number in versions.items()},
            'numpy': np.__version__,
            'opencv': cv2.__version__,
        },
    }
