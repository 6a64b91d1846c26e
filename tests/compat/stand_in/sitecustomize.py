"""A stand-in for the compiled operators `mmcv._ext`, which mmcv-lite does not have.

mmsegmentation 1.2.2 imports `mmcv.ops` for a handful of heads, and `mmcv.ops` asks at import
whether each operator exists. Here each exists and raises when called. Python imports a module of
this name at start-up when its folder is on PYTHONPATH.
"""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Operators(ModuleType):
    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args, **kwargs):
            raise NotImplementedError(f'mmcv-lite has no compiled operator {name}')

        return missing


operators = _Operators('mmcv._ext')
# mmengine looks for a loader to tell whether mmcv was compiled: it was not.
operators.__spec__ = ModuleSpec('mmcv._ext', loader=None)
sys.modules['mmcv._ext'] = operators
