"""Explains why the parts of a model do not fit together, from where a forward pass failed."""

import re
from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.heads import heads_of


def explain_misfit(error: Exception, model: Any, inputs: Tensor) -> ConfigError | None:
    """Turn an exception out of a forward pass into a sentence about the config.

    Args:
        error: The exception, with its traceback.
        model: The segmentor, in the mode in which it failed.
        inputs: The images that it was given, (B, C, H, W).

    Returns:
        The explanation, or None where the parts that failed fit.
    """
    modules = _modules_of(error)
    if isinstance(error, ValueError) and 'more than 1 value per channel' in str(error):
        return ConfigError(_of_one_value(model, modules))
    part = failed_part(error, model)
    if part is None:
        return None
    path, module = part
    label = re.match(r'Target (-?\d+) is out of bounds', str(error))
    if label:
        return _of_labels(label[1], path, modules[-1])
    features = _features(model, path, inputs)
    if features is None:
        return _of_images(model, modules[-1], inputs)
    return _of_features(error, model, path, module, features) or _of_channels(
        error, model, modules, path, module, features
    )


def failed_part(error: Exception, model: Any) -> tuple[str, Any] | None:
    """Return the part of a model in which an exception was raised, with its place in the config."""
    parts = heads_of(model)
    for name in ('backbone', 'neck'):
        if getattr(model, name, None) is not None:
            parts[f'model.{name}'] = getattr(model, name)
    paths = {module: path for path, module in parts.items()}
    for module in _modules_of(error):
        if module in paths:
            return paths[module], module
    return None


def _modules_of(error: Exception) -> list[nn.Module]:
    """Return the modules that were at work, the outermost first."""
    found: list[nn.Module] = []
    traceback = error.__traceback__
    while traceback is not None:
        module = traceback.tb_frame.f_locals.get('self')
        if isinstance(module, nn.Module):
            found.append(module)
        traceback = traceback.tb_next
    return found


def _of_labels(label: str, path: str, loss: nn.Module) -> ConfigError:
    """Explain a loss that does not know what is ignored; the labels themselves are right."""
    return ConfigError(
        f'{path}.loss_decode: {type(loss).__name__} takes label {label}, which is ignored, for a '
        'class, since this head does not tell it what is ignored: use a loss that takes the label '
        f"itself, as dict(type='OhemCrossEntropy', ignore_label={label})"
    )


def _features(model: Any, path: str, inputs: Tensor) -> Any:
    """Return what the part that failed was given; None for the backbone."""
    if path == 'model.backbone':
        return None
    with torch.no_grad():
        return model.backbone(inputs) if path == 'model.neck' else model.extract_feat(inputs)


def _of_one_value(model: Any, modules: Sequence[nn.Module]) -> str:
    names = {module: f'model.{name}' for name, module in model.named_modules()}
    layer = next((names[module] for module in reversed(modules) if module in names), 'a layer')
    return (
        f'train_dataloader gives a batch of 1 image, but {layer} normalises pooled features, of '
        'one value an image, by the statistics of the batch: set train_dataloader.batch_size=2 or '
        'more, train_dataloader.drop_last=True where only the last batch is that small, or a '
        "norm_cfg without such statistics, as dict(type='GN', num_groups=8)"
    )


def _of_images(model: Any, layer: nn.Module, inputs: Tensor) -> ConfigError | None:
    """Explain a backbone for images of another number of channels."""
    channels = inputs.shape[1]
    convolutions = (each for each in model.backbone.modules() if isinstance(each, nn.Conv2d))
    first = next(convolutions, None)
    if first is None or layer is not first or first.in_channels == channels:
        return None
    return ConfigError(
        f'model.backbone.in_channels={first.in_channels}, but the images have {channels} channels: '
        f'set model.backbone.in_channels={channels}'
    )


def _of_features(
    error: Exception, model: Any, path: str, head: Any, features: Any
) -> ConfigError | None:
    """Explain a head that takes a feature map which the backbone does not give."""
    if not isinstance(head, BaseDecodeHead):
        return None
    name = type(head).__name__
    if isinstance(features, Tensor) and head.input_transform is None and _of_one_image(error):
        mode = 'training' if model.training else 'evaluation'
        return ConfigError(
            f'{path}.in_index={head.in_index}: {type(model.backbone).__name__} gives a single '
            f'feature map in {mode} mode, of which {name} cannot take one by its index; use the '
            'head that is made for this backbone'
        )
    if isinstance(features, Tensor):
        return None
    several = head.in_index if isinstance(head.in_index, (list, tuple)) else [head.in_index]
    wrong = [index for index in several if not -len(features) <= index < len(features)]
    if isinstance(error, IndexError) and wrong:
        return ConfigError(
            f'{path}.in_index={head.in_index}, but {_given(model, features)}: choose from '
            f'0 to {len(features) - 1}'
        )
    if isinstance(error, ValueError) and 'to unpack' in str(error):
        return ConfigError(
            f'{path}: {name} takes another number of feature maps than it gets: '
            f'{_given(model, features)}; use a backbone that is made for this head'
        )
    return None


def _of_one_image(error: Exception) -> bool:
    """Tell whether a head took one image of the batch where it wanted one map of several."""
    traceback = error.__traceback__
    while traceback is not None:
        given = (traceback.tb_frame.f_locals.get(name) for name in ('input', 'inputs', 'x'))
        if any(isinstance(each, Tensor) and each.dim() == 3 for each in given):
            return True
        traceback = traceback.tb_next
    return isinstance(error, IndexError)


def _of_channels(
    error: Exception, model: Any, modules: Sequence[nn.Module], path: str, part: Any, features: Any
) -> ConfigError | None:
    """Explain a layer that got another number of channels than it was built for."""
    layer = modules[-1]
    given = _given_channels(error, layer)
    if given is None:
        return None
    wanted, found = given
    names = {module: f'model.{name}' for name, module in model.named_modules()}
    index = getattr(part, 'in_index', None)
    chosen = '' if index is None else f' and {path}.in_index={index}'
    return ConfigError(
        f'{path}.in_channels={getattr(part, "in_channels", None)}{chosen} do not fit: '
        f'{names.get(layer, layer)} takes {wanted} channels and gets {found}; '
        f'{_given(model, features)}: set in_channels to those of the feature maps that are taken'
    )


def _given_channels(error: Exception, layer: nn.Module) -> tuple[int, int] | None:
    """Return how many channels a layer takes, and got when it failed."""
    traceback = error.__traceback__
    images = None
    while traceback is not None:
        if traceback.tb_frame.f_locals.get('self') is layer:
            images = traceback.tb_frame.f_locals.get('input', images)
        traceback = traceback.tb_next
    wanted = getattr(layer, 'in_channels', getattr(layer, 'num_features', None))
    if not isinstance(images, Tensor) or images.dim() != 4 or not isinstance(wanted, int):
        return None
    return None if images.shape[1] == wanted else (wanted, images.shape[1])


def _given(model: Any, features: Any) -> str:
    maps = [features] if isinstance(features, Tensor) else list(features)
    name = 'neck' if getattr(model, 'neck', None) is not None else 'backbone'
    kind = type(getattr(model, name)).__name__
    channels = ', '.join(str(each.shape[1]) for each in maps if isinstance(each, Tensor))
    return f'the {name} {kind} gives {len(maps)} feature maps of {channels} channels'
