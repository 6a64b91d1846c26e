"""Debiasing, mixture and boundary plugins for mmsegmentation.

Importing the package registers every plugin in mmseg's registries.
"""

from mmseg_ext.common.stack import check_stack
from mmseg_ext.common.version import __version__

check_stack()

from mmseg_ext import boundary, data, debias, evaluation, gmm, losses  # noqa: E402
from mmseg_ext.training import bfloat16, hooks

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
