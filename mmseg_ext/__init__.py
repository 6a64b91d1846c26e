"""Debiasing, mixture and boundary plugins for mmsegmentation.

Importing the package registers every plugin in mmseg's registries. Two cases wait for a call of
:func:`register`: where mmengine is not installed, for evaluations and reports do without it, and
the command line, most of whose start-up time the stack would be.
"""

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mmseg_ext.common.version import __version__

if TYPE_CHECKING:
    from mmseg_ext.prediction.predictor import Predictor

__all__ = ['Predictor', '__version__', 'register']


def register() -> None:
    """Check the installed stack and register every plugin in mmseg's registries.

    Raises:
        ImportError: The stack is missing, too old or broken; the message says how to mend it.
    """
    from mmseg_ext.common.stack import check_stack

    check_stack()
    import mmseg_ext.plugins  # noqa: F401


def __getattr__(name: str) -> Any:
    """Load the predictor, and what it stands on, when it is first asked for."""
    if name != 'Predictor':
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    register()
    from mmseg_ext.prediction.predictor import Predictor

    return Predictor


def _started_by_command_line() -> bool:
    # `python -m mmseg_ext` imports the package before anything of its own can run.
    as_module = sys.argv[:1] == ['-m'] and 'mmseg_ext' in sys.orig_argv
    return as_module or getattr(sys.modules.get('mmseg_debias'), 'running', False)


if find_spec('mmengine') and not _started_by_command_line():
    register()
