"""What a calibration is expected to do, for people and for the `meta` of a checkpoint."""

import datetime
from typing import Any

import numpy as np

from mmseg_ext.calibration.driver.fitted import Fitted
from mmseg_ext.calibration.gains import Gain
from mmseg_ext.common.printable import printable
from mmseg_ext.common.version import __version__
from mmseg_ext.reports.text_table import TextTable

# A class whose share differs by more than this factor from the training set's is named.
_FAR = 2.0
_STAGES = {1: 'the likelihood (stage 1)', 2: 'the metric (stage 2)'}


def expectation(fitted: Fitted) -> str:
    """Say what was fitted and what to expect: means, classes, and which of these pay."""
    found = fitted.calibration
    split = fitted.data.split
    frames = f'{found.frames} frames of {split} ({type(fitted.data.dataset).__name__})'
    lines = [
        f'fitted on {int(found.labelled.sum())} pixels of {frames}, objective {found.objective}; '
        f'chosen: {_STAGES[found.stage]}, scale {found.scale:.3g} '
        '(docs/guides/calibrate.md says what stages, scale, bias and classes that pay are)',
        f'on those frames of {split} that were not fitted on ({found.folds} folds; 95 % '
        f'intervals over {found.units}):',
        table_of_means(found.gains).get_string(),
        _classes(fitted).get_string(),
    ]
    lower = [
        (gain.change, name)
        for name, gain in zip(fitted.data.classes, found.class_gains, strict=True)
        if gain.change < 0
    ]
    paying = ', '.join(f'{printable(name)} {100 * change:.1f}' for change, name in sorted(lower))
    lines.append(f'classes that pay: {paying}' if paying else 'no class pays')
    return '\n'.join(lines)


def warnings_of(fitted: Fitted) -> list[str]:
    """Say what stands between the expectation and the truth."""
    found = list(fitted.data.notes)
    if fitted.data.split == 'train':
        found.append(
            'the model was trained on these frames: on new ones expect less (measured on CamVid: '
            '2.2 to 4.4 points of mIoU on train were 1.4 to 2.4 on test)'
        )
    absent = [
        printable(name)
        for name, count in zip(fitted.data.classes, fitted.calibration.labelled, strict=True)
        if not count
    ]
    if absent:
        found.append(f'no pixel of {", ".join(absent)} was fitted on: its bias is not known')
    if fitted.data.train_shares is None:
        found.append(
            'the data set has no train_shares: whether these frames are like those of the training '
            'is not known'
        )
        return found
    shares = _shares(fitted)
    far = [
        f'{printable(name)} {share:.2f} % instead of {fitted.data.train_shares[name]:.2f} %'
        for name, share in zip(fitted.data.classes, shares, strict=True)
        if share and not 1 / _FAR <= share / max(fitted.data.train_shares[name], 1e-9) <= _FAR
    ]
    if far:
        found.append(
            f'these frames are unlike the training set: {", ".join(far)}; what is fitted on them '
            'may not hold on others'
        )
    return found


def record_of(fitted: Fitted) -> dict[str, Any]:
    """Write down a calibration as plain values, for the `meta` of a checkpoint."""
    found = fitted.calibration
    return {
        'objective': found.objective,
        'stage': found.stage,
        'scale': found.scale,
        'bias': found.bias.tolist(),
        'parameter': fitted.bias_name,
        'added': fitted.added.tolist(),
        'classes': list(fitted.data.classes),
        'tail_classes': list(fitted.data.tail.classes) if fitted.data.tail else [],
        'dataset': type(fitted.data.dataset).__name__,
        'split': fitted.data.split,
        'frames': found.frames,
        'pixels': found.labelled.tolist(),
        'seed': fitted.seed,
        'folds': found.folds,
        'intervals': f'95 % over {found.units}',
        'expected': {name: plain_gain(gain) for name, gain in found.gains.items()},
        'expected_iou': [plain_gain(gain) for gain in found.class_gains],
        'gain_shown': found.shown,
        'checkpoint': fitted.data.checkpoint,
        'checkpoint_sha256': fitted.data.sha256,
        'mmseg_ext': __version__,
        'created': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
    }


def table_of_means(gains: dict[str, Gain]) -> TextTable:
    """Draw the gains of means, by name."""
    table = TextTable(['mean', 'before', 'after', 'change', '95 % interval'])
    for name, gain in gains.items():
        factor, digits = (1, 3) if name == 'nll' else (100, 1)
        table.add_row([name, *_cells(gain, factor, digits)])
    return table


def _classes(fitted: Fitted) -> TextTable:
    table = TextTable(
        ['class', 'IoU before', 'after', 'change', '95 % interval', 'bias', '% of pixels']
    )
    rows = zip(
        fitted.data.classes,
        fitted.calibration.class_gains,
        fitted.calibration.bias,
        _shares(fitted),
        strict=True,
    )
    for name, gain, bias, share in rows:
        table.add_row([name, *_cells(gain, 100, 1), f'{bias:+.2f}', f'{share:.2f}'])
    return table


def _cells(gain: Gain, factor: float, digits: int) -> list[str]:
    if np.isnan(gain.before):
        return ['-'] * 4
    before, after, low, high, change = (
        factor * value for value in (gain.before, gain.after, gain.low, gain.high, gain.change)
    )
    return [
        f'{before:.{digits}f}',
        f'{after:.{digits}f}',
        f'{change:+.{digits}f}',
        f'{low:+.{digits}f} to {high:+.{digits}f}',
    ]


def _shares(fitted: Fitted) -> np.ndarray:
    """Percentage of each class among the pixels that were fitted on."""
    labelled = fitted.calibration.labelled
    return 100 * labelled / labelled.sum()


def plain_gain(gain: Gain) -> dict[str, float]:
    """Return a gain as plain values."""
    return {name: float(value) for name, value in gain._asdict().items()}
