"""Samplers without an end belong into a loop by iterations: any other would never end."""

from typing import Any

from mmengine.config import Config
from mmengine.dataset import InfiniteSampler
from mmengine.runner import IterBasedTrainLoop
from mmseg.registry import DATA_SAMPLERS, LOOPS

from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.samplers.draws import SeededInfiniteSampler

_ENDLESS = (InfiniteSampler, SeededInfiniteSampler)


def counts_iterations(config: Config) -> bool:
    """Tell whether the training loop counts iterations and knows no epochs."""
    loop = config.get('train_cfg') or {}
    if 'type' not in loop:
        return not loop.get('by_epoch', True)
    kind = _class_of(loop, LOOPS)
    return isinstance(kind, type) and issubclass(kind, IterBasedTrainLoop)


def check_samplers(config: Config) -> None:
    """Check that every loader ends where its loop waits for the end.

    Raises:
        ConfigError: An endless sampler, of mmengine or of mmseg_ext, feeds a loop by epochs, a
            validation or a test.
    """
    for use in ('train', 'val', 'test'):
        sampler = (config.get(f'{use}_dataloader') or {}).get('sampler')
        if not isinstance(sampler, dict) or (use == 'train' and counts_iterations(config)):
            continue
        kind = _class_of(sampler, DATA_SAMPLERS)
        if not isinstance(kind, type) or not issubclass(kind, _ENDLESS):
            continue
        where, name = f'{use}_dataloader.sampler', type_name(sampler)
        if use != 'train':
            raise ConfigError(
                f'{where}.type={name!r} draws without end, and a {use} loop waits for the end: '
                "give sampler=dict(type='DefaultSampler', shuffle=False)"
            )
        raise ConfigError(
            f'{where}.type={name!r} draws without end, and train_cfg counts epochs: the first '
            "would never end. Give train_cfg=dict(type='IterBasedTrainLoop', max_iters=...), or "
            "sampler=dict(type='DefaultSampler', shuffle=True)"
        )


def _class_of(part: dict[str, Any], registry: Any) -> Any:
    """Return the class that a part of a config names, None where there is none of that name."""
    kind = part.get('type')
    return registry.get(kind) if isinstance(kind, str) else kind
