"""Loads the weights in a checkpoint, and refuses a checkpoint that is not the model's."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from mmengine.logging import print_log
from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import nn

from mmseg_ext.checkpoints.fit import Fit, fit
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.contributions import TRAINING_ONLY
from mmseg_ext.common.errors import ConfigError


def training_only(name: str) -> bool:
    """Tell whether the parameter of this name serves the training loss alone."""
    return not TRAINING_ONLY.isdisjoint(name.split('.'))


def require_file(checkpoint: str) -> None:
    """Raise a ConfigError where a local checkpoint does not exist; addresses (`://`) pass."""
    if '://' not in checkpoint and not Path(checkpoint).is_file():
        raise ConfigError(f'no checkpoint file {checkpoint}')


def load_weights(path: str) -> dict[str, torch.Tensor]:
    """Read the parameters and buffers in a checkpoint file, without running code that it contains.

    Args:
        path: A file of mmengine, or of a bare state dict; or an address of one.

    Returns:
        The tensors on the CPU by name, without the `module.` of a wrapper.

    Raises:
        ConfigError: The file is not trusted, or holds no parameters.
        CheckpointError: It is missing, truncated, altered or no checkpoint.
    """
    checkpoint = load_checked(path)
    parameters = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else {}
    if not parameters or not all(isinstance(v, torch.Tensor) for v in parameters.values()):
        raise ConfigError(f'{path} is not a checkpoint: it holds no parameters of a model')
    return {name.removeprefix('module.'): tensor for name, tensor in parameters.items()}


def check_checkpoint(
    model: nn.Module, path: str, with_auxiliary_heads: bool = False
) -> dict[str, torch.Tensor]:
    """Check that a checkpoint holds every parameter that the model predicts with.

    mmengine loads what fits and only warns about the rest: an evaluation would then be of a partly
    random model. Parameters that the checkpoint has besides are named in a warning, but for those
    of the training loss: leftovers do no harm, but a part that the model was trained with does.

    Args:
        model: The built model, or its wrapper for several processes or test-time augmentation.
        path: The checkpoint file.
        with_auxiliary_heads: Whether they must be in it too; inference does without them.

    Returns:
        The checkpoint's tensors, as of :func:`load_weights`.

    Raises:
        ConfigError: The file is not trusted, or parameters are missing, of another shape, or no
            finite numbers.
        CheckpointError: It is truncated, altered or no checkpoint.
    """
    stored, own = load_weights(path), unwrapped(model).state_dict()
    needed = {
        name: tensor
        for name, tensor in own.items()
        if with_auxiliary_heads or not training_only(name)
    }
    found = fit(stored, needed, path)
    if found.missing or found.differing:
        purpose = 'the whole model' if with_auxiliary_heads else 'inference'
        raise ConfigError(
            f'{path} is not a checkpoint of this model: of the {found.total} parameters that '
            f'{purpose} needs, {found.lacks()}. Use the config that it was trained with.'
        )
    homeless = [
        name
        for name in sorted(stored.keys() - own.keys())
        if not training_only(name) and not name.endswith('num_batches_tracked')
    ]
    if homeless:
        print_log(
            f'{path} holds {len(homeless)} parameter(s) that this model has no place for, e.g. '
            f'{", ".join(homeless[:3])}: if it was trained with them, its figures without are '
            'wrong, and the config is not the one that it was trained with',
            logger='current',
            level=logging.WARNING,
        )
    return stored


def check_classes(path: str, classes: Sequence[str]) -> None:
    """Check that a model is evaluated on the classes that it was trained on.

    Args:
        path: The checkpoint file.
        classes: Those of the data set, in the order of their ids.

    Raises:
        ConfigError: The checkpoint names the same classes in another order, or another number.
    """
    stored = load_checked(path)
    meta = stored.get('meta', {}) if isinstance(stored, dict) else {}
    trained = (meta.get('dataset_meta') or {}).get('classes')
    if not trained or list(trained) == list(classes):
        return
    if len(trained) != len(classes) or set(trained) == set(classes):
        raise ConfigError(
            f'{path} was trained on {len(trained)} classes, {", ".join(trained)}; the data set has '
            f'{len(classes)}, {", ".join(classes)}: ids would mean something else'
        )
    renamed = [f'{a} is {b}' for a, b in zip(trained, classes, strict=True) if a != b]
    print_log(
        f'classes have other names than in {path}: {", ".join(renamed)}',
        logger='current',
        level=logging.WARNING,
    )


def fit_of(model: nn.Module, path: str) -> Fit:
    """Return which parameters and buffers of a model a checkpoint has.

    Raises:
        ConfigError: The file is not trusted, holds no parameters, or some that are no weights.
        CheckpointError: It is missing, truncated, altered or no checkpoint.
    """
    return fit(load_weights(path), unwrapped(model).state_dict(), path)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model in wrappers for several processes or test-time augmentation."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = cast(nn.Module, model.module)
    return model
