"""What the two sides of a comparison share: crop, batch, machine."""

from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device

from mmseg_ext.benchmark.synthetic import crop_of
from mmseg_ext.common.errors import ConfigError


def setting_of(ours: Config, theirs: Config, batch_size: int, repeats: int) -> dict[str, Any]:
    """Describe a comparison of two configs.

    Raises:
        ConfigError: The crop sizes differ.
    """
    crop = crop_of(ours)
    if crop_of(theirs) != crop:
        raise ConfigError(
            f'the configs train on different crops, {crop} and {crop_of(theirs)}; set one with '
            '--crop HEIGHT WIDTH'
        )
    return {
        'ours': Path(ours.filename).stem,
        'theirs': Path(theirs.filename).stem,
        'crop': list(crop),
        'batch_size': batch_size,
        'repeats': repeats,
        'threads': torch.get_num_threads(),
        'device': torch.cuda.get_device_name() if get_device() == 'cuda' else get_device(),
        'torch': torch.__version__,
    }


def setting_line(setting: dict[str, Any]) -> str:
    """Write crop, batch and machine in a line."""
    height, width = setting['crop']
    return (
        f'crop {height}x{width}, batch {setting["batch_size"]}, {setting["device"]}, '
        f'{setting["threads"]} threads, torch {setting["torch"]}'
    )
