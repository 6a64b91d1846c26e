"""Checkpoints whose last bias was changed after the training."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmseg_ext.checkpoints.checkpoint_file import write_sealed
from mmseg_ext.checkpoints.loaders import load_checked, sha256_when_read
from mmseg_ext.checkpoints.read_once import forget
from mmseg_ext.common.errors import ConfigError

META_KEY = 'calibration'
"""Where a checkpoint has in its `meta` how it was calibrated."""


def calibration_of(content: Any) -> dict[str, Any] | None:
    """Return how a checkpoint was calibrated, None where it was not.

    Args:
        content: Of the checkpoint.
    """
    meta = content.get('meta') if isinstance(content, dict) else None
    found = meta.get(META_KEY) if isinstance(meta, dict) else None
    return found if isinstance(found, dict) else None


def refuse_calibrated(checkpoint: str) -> None:
    """Check that a checkpoint is as it was trained.

    Raises:
        ConfigError: It is calibrated already, or not trusted.
        CheckpointError: It is missing, truncated, altered or no checkpoint.
    """
    found = calibration_of(load_checked(checkpoint))
    if found is not None:
        raise ConfigError(
            f'{checkpoint} is calibrated already; calibrate the one that it was made of '
            f'({found.get("checkpoint")})'
        )


def check_target(checkpoint: str, target: Path) -> None:
    """Check that a checkpoint would not be written over itself.

    Raises:
        ConfigError: It would.
    """
    if target.resolve() == Path(checkpoint).resolve():
        raise ConfigError(f'--out {target} is the checkpoint itself; name another file')


def write_calibrated(
    checkpoint: str, target: Path, bias_name: str, added: np.ndarray, record: Mapping[str, Any]
) -> None:
    """Write a checkpoint of the same model with another bias of its last layer.

    Weights, and what the checkpoint says of itself, stay; what only a resumed training needs is
    left out, for a training does not go on from here. Any tool of mmengine reads the file, which
    appears whole or not at all and has a checksum.

    Args:
        checkpoint: The file to start from.
        target: The file to write.
        bias_name: The parameter.
        added: What is added to it, of its shape.
        record: How it came about, plain values; it goes into `meta`. Its `checkpoint_sha256` is
            that of the file that was calibrated.

    Raises:
        ConfigError: The file cannot be written, or would be the checkpoint itself, or that is
            another than the one that was calibrated.
    """
    check_target(checkpoint, target)
    stored = load_checked(checkpoint)
    forget()
    if sha256_when_read(checkpoint) != record['checkpoint_sha256']:
        raise ConfigError(f'{checkpoint} was replaced while it was calibrated; calibrate it anew')
    weights = OrderedDict(stored.get('state_dict', stored))
    name = bias_name if bias_name in weights else f'module.{bias_name}'
    weights[name] = (weights[name].double() + torch.from_numpy(added)).float()
    meta = {**stored.get('meta', {}), META_KEY: dict(record)}
    try:
        write_sealed({'meta': meta, 'state_dict': weights}, target)
    except OSError as error:
        raise ConfigError(f'--out {target}: could not be written ({error})') from error
