"""Strips a checkpoint to what inference needs."""

import os
from pathlib import Path
from typing import Any

import torch

from mmseg_ext.checkpoints.calibrated import META_KEY as CALIBRATION_KEY
from mmseg_ext.checkpoints.calibrated import calibration_of
from mmseg_ext.checkpoints.checkpoint import require_file, training_only
from mmseg_ext.checkpoints.fit import check_weights
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.checkpoints.preprocessing import META_KEY, trained_preprocessing
from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError


def export_weights(
    checkpoint: str, out: str | Path | None = None, overwrite: bool = False
) -> tuple[Path, str]:
    """Write the weights that inference needs, and how images and classes are to be understood.

    That is the preprocessing of the training, the names and colours of the classes, and how the
    decisions were calibrated.

    What only training uses is left out: auxiliary heads, PostNet of the mixture, learned loss
    weights, the optimizer's state, the random states and the log. `torch.load(…,
    weights_only=True)` reads the result, and it predicts what the checkpoint predicts.

    Args:
        checkpoint: A checkpoint that mmengine wrote.
        out: Where to write; by default `<name>_weights.pth` beside the checkpoint.
        overwrite: Whether a file that is there may be replaced.

    Returns:
        The file, and a line that says what was kept and what was left out.

    Raises:
        ConfigError: The checkpoint is missing, not trusted, none of mmengine or the output, or has
            weights that are no finite numbers; or the output is there already or cannot be
            written.
        CheckpointError: It is truncated, altered or no checkpoint.
    """
    require_file(checkpoint)
    source = Path(checkpoint)
    target = Path(out) if out else source.with_name(f'{source.stem}_weights.pth')
    if target.resolve() == source.resolve():
        raise ConfigError(f'--out {target} is the checkpoint itself; name another file')
    if os.path.lexists(target) and not overwrite:
        raise ConfigError(f'--out {target} is there already; --overwrite replaces it')
    stored = _read(checkpoint)
    weights = {
        name: value for name, value in stored['state_dict'].items() if not training_only(name)
    }
    check_weights(weights, checkpoint)
    metadata = stored.get('meta', {}).get('dataset_meta') or {}
    kept = {key: _plain(metadata[key]) for key in ('classes', 'palette') if key in metadata}
    meta = {'dataset_meta': kept, META_KEY: trained_preprocessing(stored)}
    if (calibration := calibration_of(stored)) is not None:
        meta[CALIBRATION_KEY] = calibration
    try:
        with atomic_path(target) as temporary:
            torch.save({'state_dict': weights, 'meta': meta}, temporary)
    except (OSError, RuntimeError) as error:
        raise ConfigError(f'--out {target}: could not be written ({error})') from error
    return target, _summary(stored['state_dict'], weights, source, target)


def _read(checkpoint: str) -> dict[str, Any]:
    stored = load_checked(checkpoint)
    if not isinstance(stored, dict) or not isinstance(stored.get('state_dict'), dict):
        raise ConfigError(f'{checkpoint} is not a checkpoint of mmengine: it has no state_dict')
    return stored


def _plain(values: Any) -> list:
    """Turn the sequences of a data set's metadata into lists, which need no unpickling."""
    return [list(map(int, value)) if not isinstance(value, str) else value for value in values]


def _summary(before: dict, after: dict, source: Path, target: Path) -> str:
    left_out = sorted({_module(name) for name in before if name not in after})
    megabytes = [path.stat().st_size / 1e6 for path in (source, target)]
    return (
        f'{len(after)} of {len(before)} tensors kept, {megabytes[1]:.1f} of {megabytes[0]:.1f} MB; '
        f'left out: {", ".join([*left_out, "what only a resumed training needs"])}'
    )


def _module(name: str) -> str:
    """Return a parameter's name up to the module that only training uses."""
    parts = name.split('.')
    return '.'.join(parts[: next(i for i, part in enumerate(parts) if training_only(part)) + 1])
