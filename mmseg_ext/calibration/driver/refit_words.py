"""What a classifier fitted anew changes, for people and for the `meta` of a checkpoint."""

import datetime
from typing import Any

from mmseg_ext.calibration.driver.refit import Refitted
from mmseg_ext.calibration.driver.refit_variants import REMOVED
from mmseg_ext.calibration.driver.words import plain_gain, table_of_means
from mmseg_ext.calibration.refit.style import directions_kept
from mmseg_ext.common.version import __version__


def changes(refitted: Refitted) -> str:
    """Say what was fitted, and what each variant changes on frames that were not fitted on."""
    options, data = refitted.options, refitted.data
    lines = [
        f'fitted on {refitted.pixels} pixels of {options.split} ({type(data.dataset).__name__}), '
        f'{refitted.channels} features each, balance {options.balance:g}'
    ]
    if options.styles:
        styles = ', '.join(f'{each["kind"]}:{each["severity"]}' for each in options.styles)
        lines.append(
            f'removed: what {styles} change most, so that {_kept(refitted)} of '
            f'{refitted.channels} directions are kept'
        )
    over = f'({refitted.folds} folds; 95 % intervals over {refitted.units})'
    for variant, gains in refitted.gains.items():
        lines += [
            f'{variant}, against the model as it was trained, on frames that were not fitted on '
            f'{over}:',
            table_of_means(gains).get_string(),
        ]
    return '\n'.join(lines)


def refit_record(refitted: Refitted) -> dict[str, Any]:
    """Write down a refit as plain values, for the `meta` of a checkpoint."""
    options, data = refitted.options, refitted.data
    return {
        'parameters': list(refitted.names),
        'split': options.split,
        'dataset': type(data.dataset).__name__,
        'pixels': refitted.pixels,
        'balance': options.balance,
        'styles': [dict(each) for each in options.styles],
        'lambda': options.style_weight,
        'keep': options.keep,
        'directions': _kept(refitted),
        'seed': options.seed,
        'folds': refitted.folds,
        'intervals': f'95 % over {refitted.units}',
        'expected': {
            variant: {name: plain_gain(gain) for name, gain in gains.items()}
            for variant, gains in refitted.gains.items()
        },
        'checkpoint': data.checkpoint,
        'checkpoint_sha256': data.sha256,
        'mmseg_ext': __version__,
        'created': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
    }


def _kept(refitted: Refitted) -> int:
    if REMOVED not in refitted.gains:
        return refitted.channels
    return directions_kept(refitted.channels, refitted.options.keep)
