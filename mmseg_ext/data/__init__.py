"""Data sets, sampler, label loading, augmentation and checks.

What is a plugin, as ``from mmseg_ext.data import CamVidDataset``, is imported when it is asked for:
the readers of label files do without torch and mmseg.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Return a plugin by its name, and register all of them."""
    # The import system asks for submodules, and others for names with underscores.
    if name[:1].isupper():
        plugins = import_module('mmseg_ext.data.plugins')
        if name in plugins.__all__:
            return getattr(plugins, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
