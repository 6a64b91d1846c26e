"""Loaders that give no batch, or not all that is to be evaluated."""

from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.runner import Runner

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.samplers.draws import SeededInfiniteSampler


def check_batches(runner: Runner) -> None:
    """Check that a training has something to train and to validate on.

    mmengine runs epochs without a step and saves the untrained model.

    Raises:
        ConfigError: No batch would be drawn, or a validation would leave frames out.
    """
    loader = runner.train_dataloader
    _check_samples(loader, 'train_dataloader')
    infinite = isinstance(loader.sampler, (InfiniteSampler, SeededInfiniteSampler))
    if not infinite and len(loader) == 0:
        raise ConfigError(
            f'train_dataloader: {len(loader.sampler)} sample(s) for this process are less than '
            f'batch_size={loader.batch_size}, and drop_last=True leaves them out, so that no step '
            'would be made; lower batch_size, or remove drop_last'
        )
    if runner.val_loop is not None:
        check_evaluated(runner.val_dataloader, 'val_dataloader')


def check_evaluated(loader: Any, name: str) -> None:
    """Check that an evaluation sees every frame.

    Args:
        loader: Its `DataLoader`.
        name: Its name in the config.

    Raises:
        ConfigError: There is no frame, or the last ones are left out.
    """
    _check_samples(loader, name)
    left_out = len(loader.sampler) % (loader.batch_size or 1) if loader.drop_last else 0
    if left_out:
        raise ConfigError(
            f'{name}.drop_last=True leaves {left_out} of {len(loader.sampler)} frames out of every '
            'evaluation; remove it'
        )


def _check_samples(loader: Any, name: str) -> None:
    if len(loader.dataset) == 0:
        raise ConfigError(
            f'{name}: its {type(loader.dataset).__name__} has no samples; correct its folders, '
            'data_prefix or indices'
        )
