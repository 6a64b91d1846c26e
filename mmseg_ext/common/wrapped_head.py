"""A method around a decode head: which head, and a class that is both."""

import inspect
from typing import Any, cast

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS

from mmseg_ext.common.errors import ConfigError, nearest


def head_class_of(head_type: str | type) -> type[BaseDecodeHead]:
    """Return the class of a decode head.

    Args:
        head_type: Its registered name, or the class itself.

    Raises:
        ConfigError: There is none of that name, or it is no class of a decode head.
    """
    head_class: Any = MODELS.get(head_type) if isinstance(head_type, str) else head_type
    if head_class is None:
        near = nearest(str(head_type), MODELS.module_dict)
        raise ConfigError(f'head_type={head_type!r} is not a registered head{near}')
    if inspect.isfunction(head_class):
        raise ConfigError(
            f'head_type={head_type!r} puts a method around a head, and two such methods do not go '
            'around each other; use one of the two'
        )
    if not inspect.isclass(head_class) or not issubclass(head_class, BaseDecodeHead):
        raise ConfigError(f'head_type={head_type!r} is not a decode head of mmseg')
    return cast(type[BaseDecodeHead], head_class)


def learns_labels(head_class: type[BaseDecodeHead]) -> bool:
    """Tell whether heads of a class learn the classes of the labels, and not another target."""
    return head_class._stack_batch_gt is BaseDecodeHead._stack_batch_gt


_CLASSES: dict[tuple[type, type], type] = {}


def wrapped_class(mixin: type, head_class: type[BaseDecodeHead]) -> Any:
    """Return the class of a head with a method around it, the same one at every call.

    Args:
        mixin: What the method adds; its name ends in `Mixin`.
        head_class: The class of the plain head, which the result has as `head_class`.
    """
    if (mixin, head_class) not in _CLASSES:
        name = mixin.__name__.removesuffix('Mixin') + head_class.__name__
        _CLASSES[mixin, head_class] = type(name, (mixin, head_class), {'head_class': head_class})
    return _CLASSES[mixin, head_class]


def empty_wrapped_head(mixin: type, head_class: type[BaseDecodeHead]) -> Any:
    """Return an instance without state, for unpickling: its class has no importable name."""
    wrapped = wrapped_class(mixin, head_class)
    return wrapped.__new__(wrapped)
