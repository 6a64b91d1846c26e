"""Checkpoints whose last layer was changed after the training."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
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
REFIT_KEY = 'refit'
"""Where it has how its last layer was fitted anew."""


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
            f'{checkpoint} is calibrated already; take the one that it was made of '
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
    shift = torch.from_numpy(added)
    _write(
        checkpoint,
        target,
        {bias_name: lambda stored: stored.double() + shift},
        {META_KEY: record},
        record['checkpoint_sha256'],
    )


def write_refitted(
    checkpoint: str,
    target: Path,
    values: Mapping[str, np.ndarray],
    record: Mapping[str, Any],
    calibration: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint of the same model with another last layer.

    Args:
        checkpoint: The file to start from.
        target: The file to write.
        values: What the parameters hold, in any shape of their size.
        record: How it came about, as of :func:`write_calibrated`.
        calibration: How the biases among them were calibrated, likewise.

    Raises:
        ConfigError: As of :func:`write_calibrated`.
    """
    changes = {
        name: lambda stored, value=value: torch.from_numpy(value).reshape(stored.shape)
        for name, value in values.items()
    }
    records = {REFIT_KEY: record, **({} if calibration is None else {META_KEY: calibration})}
    _write(checkpoint, target, changes, records, record['checkpoint_sha256'])


def _write(
    checkpoint: str,
    target: Path,
    changes: Mapping[str, Callable[[torch.Tensor], torch.Tensor]],
    records: Mapping[str, Mapping[str, Any]],
    sha256: str | None,
) -> None:
    check_target(checkpoint, target)
    stored = load_checked(checkpoint)
    forget()
    if sha256_when_read(checkpoint) != sha256:
        raise ConfigError(f'{checkpoint} was replaced while it was fitted; start anew')
    weights = OrderedDict(stored.get('state_dict', stored))
    for parameter, change in changes.items():
        name = parameter if parameter in weights else f'module.{parameter}'
        weights[name] = change(weights[name]).float()
    meta = {**stored.get('meta', {}), **{key: dict(record) for key, record in records.items()}}
    try:
        write_sealed({'meta': meta, 'state_dict': weights}, target)
    except OSError as error:
        raise ConfigError(f'--out {target}: could not be written ({error})') from error
