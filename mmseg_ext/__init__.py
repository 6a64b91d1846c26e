"""Debiasing, mixture and boundary plugins for mmsegmentation.

Importing the package registers every plugin in mmseg's registries.
"""

from mmseg_ext.stack import check_stack
from mmseg_ext.version import __version__

check_stack()

from mmseg_ext import boundary, data, debias, evaluation, gmm, losses  # noqa: E402
from mmseg_ext.engine import bfloat16, hooks  # noqa: E402

__all__ = [
    '__version__',
    'bfloat16',
    'boundary',
    'check_stack',
    'data',
    'debias',
    'evaluation',
    'gmm',
    'hooks',
    'losses',
]
