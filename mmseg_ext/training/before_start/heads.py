"""The heads of a model, by their place in the config."""

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import nn


def plain_model(runner: Runner) -> Any:
    """Return the model of a training without what wraps it for several processes."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def heads_of(model: nn.Module) -> dict[str, Any]:
    """Return the heads of a model: the decode head, or all of a cascade, then the auxiliary heads.

    Args:
        model: Any model; other kinds than mmseg's segmentors have no heads.

    Returns:
        The heads by their place in the config, such as `model.auxiliary_head[1]`.
    """
    found: dict[str, Any] = {}
    for name in ('decode_head', 'auxiliary_head'):
        heads = getattr(model, name, None)
        if isinstance(heads, nn.ModuleList):
            found |= {f'model.{name}[{i}]': head for i, head in enumerate(heads)}
        elif heads is not None:
            found[f'model.{name}'] = heads
    return found


def learns_labels(head: nn.Module) -> bool:
    """Tell whether a head learns the classes of the labels, and not another target."""
    return (
        isinstance(head, BaseDecodeHead)
        and type(head)._stack_batch_gt is BaseDecodeHead._stack_batch_gt
    )
