"""What was fitted of a checkpoint after its training, for the report of a test."""

import math
from typing import Any

from mmseg_ext.checkpoints.calibrated import META_KEY, REFIT_KEY

_DEPTH = 8


def fitted_records(checkpoint: Any) -> dict[str, Any]:
    """Return the records of a calibration and a refit as values that JSON can hold.

    Args:
        checkpoint: What the file holds, of whatever program.

    Returns:
        dict: `calibration` and `refit`, each as `calibrate` and `refit` wrote it; nothing where the
        checkpoint is as it was trained, or has there what is no plain value.
    """
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    found = {}
    for key in (META_KEY, REFIT_KEY):
        record = meta.get(key) if isinstance(meta, dict) else None
        if isinstance(record, dict):
            try:
                found[key] = _plain(record, _DEPTH)
            except ValueError:
                continue  # Of another program: none of our records.
    return found


def _plain(value: Any, depth: int) -> Any:
    if depth and isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(each, depth - 1) for key, each in value.items()}
    if depth and isinstance(value, (list, tuple)):
        return [_plain(each, depth - 1) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    raise ValueError(f'{type(value).__name__} is no plain value')
