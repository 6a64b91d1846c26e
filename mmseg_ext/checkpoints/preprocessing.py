"""Notices when a model sees images that were prepared in another way than those it was trained on.

mmengine writes the whole config into a checkpoint, as text; what our export leaves of a checkpoint
has the preprocessing alone.

Source: our decision.
"""

import logging
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from mmseg_ext.checkpoints.config_text import plain_parts
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.config_parts import type_name, with_pipelines

META_KEY = 'preprocessing'
"""Where exported weights have it in their `meta`."""


def check_preprocessing(checkpoint: str, config: Config | dict[str, Any], split: str) -> None:
    """Warn where a model gets images of another preprocessing than it was trained with.

    Args:
        checkpoint: The model's checkpoint; nothing is said where it does not tell how it was
            trained.
        config: The config that it is used with.
        split: 'train', 'val' or 'test': whose data set it is used on.

    Raises:
        CheckpointError: The checkpoint is missing, truncated, altered or no checkpoint.
        ConfigError: It is not trusted.
    """
    trained = trained_preprocessing(load_checked(checkpoint))
    given = preprocessing_of(config, split)
    differing = [
        f'{name} was {trained.get(name)} and is {given.get(name)}'
        for name in dict.fromkeys([*trained, *given])
        if trained.get(name) != given.get(name)
    ]
    if trained and differing:
        print_log(
            f'{checkpoint} was trained on images of another preprocessing: {"; ".join(differing)}. '
            'Unless that is intended, take model.data_preprocessor and the pipeline from the '
            'config that it was trained with',
            logger='current',
            level=logging.WARNING,
        )


def trained_preprocessing(checkpoint: Any) -> dict[str, Any]:
    """Return the preprocessing that a checkpoint's model was trained with, empty if unknown.

    Args:
        checkpoint: Its content.
    """
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    if not isinstance(meta, dict):
        return {}
    if isinstance(stored := meta.get(META_KEY), dict):
        return {str(name): _plain(value) for name, value in stored.items()}
    config = plain_parts(meta.get('cfg'))
    return preprocessing_of(config, 'train') if 'model' in config else {}


def preprocessing_of(config: Config | dict[str, Any], split: str) -> dict[str, Any]:
    """Return how a config prepares the values of images.

    Args:
        config: A config, or plain values of one.
        split: 'train', 'val' or 'test': whose data set.

    Returns:
        Plain values by name: mean and standard deviation, whether channels are reversed, as what
        colours images are loaded, and the normalisations in the pipeline.
    """
    model = _dict(config.get('model'))
    model = _dict(model.get('module', model))  # Test-time augmentation wraps the model.
    preparing = _dict(model.get('data_preprocessor') or config.get('data_preprocessor'))
    reversed_ = preparing.get('bgr_to_rgb') or preparing.get('rgb_to_bgr')
    dataset = _dict(_dict(config.get(f'{split}_dataloader')).get('dataset'))
    steps = [step for each in with_pipelines(dataset) for step in _steps(each['pipeline'])]
    return {
        'data_preprocessor.mean': _plain(preparing.get('mean')),
        'data_preprocessor.std': _plain(preparing.get('std')),
        'the order of channels': 'reversed' if reversed_ else 'as loaded',
        'LoadImageFromFile.color_type': _distinct(
            step.get('color_type', 'color') for step in steps if type_name(step) != 'Normalize'
        ),
        'Normalize': _distinct(
            {name: value for name, value in step.items() if name != 'type'}
            for step in steps
            if type_name(step) == 'Normalize'
        ),
    }


def _steps(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the steps of a pipeline that decide on the values of images, nested ones too."""
    if isinstance(node, dict):
        if type_name(node) in ('LoadImageFromFile', 'Normalize'):
            yield node
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for part in node:
            yield from _steps(part)


def _distinct(values: Iterator[Any]) -> list[Any]:
    found: list[Any] = []
    for value in map(_plain, values):
        if value not in found:
            found.append(value)
    return found


def _plain(value: Any) -> Any:
    """Make values of a config and those of a text comparable."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    return float(value) if isinstance(value, (int, float)) else str(type(value))


def _dict(part: Any) -> Any:
    return part if isinstance(part, dict) else {}
