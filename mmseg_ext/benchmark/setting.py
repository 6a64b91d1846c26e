"""What the sides of a comparison share: crop, batch, machine."""

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
        **machine(),
    }


def machine() -> dict[str, Any]:
    """Describe what is measured on: threads of PyTorch, device, version of PyTorch."""
    return {
        'threads': torch.get_num_threads(),
        'device': torch.cuda.get_device_name() if get_device() == 'cuda' else get_device(),
        'torch': torch.__version__,
    }


def machine_line(setting: dict[str, Any]) -> str:
    """Write what :func:`machine` gives as a part of a line."""
    return f'{setting["device"]}, {setting["threads"]} threads, torch {setting["torch"]}'


def setting_line(setting: dict[str, Any]) -> str:
    """Write crop, batch and machine in a line."""
    height, width = setting['crop']
    return f'crop {height}x{width}, batch {setting["batch_size"]}, {machine_line(setting)}'
