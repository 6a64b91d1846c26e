"""The curves of a training, read from the logs that its runs left in the work folder.

A training that was resumed has several runs, each with a log folder that is named by the clock. The
clock may have been set back in between, as it is every autumn, so a training keeps the names of its
log folders in their order, in its checkpoints.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmengine.runner import Runner

_KEY = 'log_folders'
_LOG = Path('vis_data', 'scalars.json')
_CURVES = ('loss', 'mIoU', 'tail_mIoU', 'lr', 'base_lr')
_CURVE_POINTS = 400

Curves = dict[str, list[list[float]]]


def note_log_folder(runner: Runner) -> list[str]:
    """Note that a training begins, or goes on, in the log folder of this run.

    Returns:
        The names of all its log folders in the order in which it made them.
    """
    resumed = {'message_hub': {'runtime_info': runner.message_hub.runtime_info}}
    noted = noted_log_folders(resumed) if runner.iter else []
    if noted is None:
        # It goes on from a checkpoint of an earlier version.
        noted = [folder for folder in _by_name(Path(runner.work_dir)) if folder != runner.timestamp]
    folders = [*noted, runner.timestamp]
    runner.message_hub.update_info(_KEY, folders)
    return folders


def noted_log_folders(checkpoint: dict[str, Any]) -> list[str] | None:
    """Return the names of the log folders of a checkpoint's training, None where not noted."""
    noted: Any = checkpoint
    for key in ('message_hub', 'runtime_info', _KEY):
        noted = noted.get(key) if isinstance(noted, dict) else None
    if not isinstance(noted, list):
        return None
    # Only what names a folder in the work folder: a checkpoint from elsewhere may hold anything.
    names = [name for name in noted if isinstance(name, str) and name.isprintable()]
    return [name for name in names if Path(name).name == name not in ('', '..')]


def training_curves(work_dir: Path, log_folders: Sequence[str] | None = None) -> Curves:
    """Read the curves of a training, from its start if it was resumed.

    Args:
        work_dir: Holds the log folders, in which mmengine leaves `vis_data/scalars.json`.
        log_folders: Names of those of the training, in the order in which it made them; where they
            are not known, those of the newest by name.

    Returns:
        (step, value) pairs, at most 400 evenly spread, of the loss and its terms, which mmengine
        logs as `decode.loss_ce`, the mean IoUs and the learning rates; empty where there was no
        training. What a run did again counts as it was the last time. Lines that
        cannot be read, as a full disk or a kill cuts them short, are left out with a warning.
    """
    curves: Curves = {'loss': []}
    for folder in _by_name(work_dir) if log_folders is None else log_folders:
        for line in _lines(work_dir / folder / _LOG):
            _add(curves, line)
    curves = {
        name: [point for point in curve if np.isfinite(point[1])] for name, curve in curves.items()
    }
    return {name: _thinned(curve) for name, curve in curves.items() if len(curve) > 1}


def _by_name(work_dir: Path) -> list[str]:
    """Return the log folders of the newest training, as far as their names tell it."""
    runs = sorted(file.parents[1].name for file in work_dir.glob(f'*/{_LOG}'))
    runs = [run for run in runs if _first_step(work_dir / run / _LOG) is not None]
    started = [place for place, run in enumerate(runs) if not _resumed(work_dir / run)]
    if not started:
        return sorted(runs, key=lambda run: _first_step(work_dir / run / _LOG) or 0)
    # What goes on with nothing before it was named by a clock that had been set back.
    earlier = runs[: started[0]]
    later = sorted(earlier, key=lambda run: _first_step(work_dir / run / _LOG) or 0)
    return [*runs[started[-1] :], *later]


def _first_step(log: Path) -> float | None:
    return next((line['step'] for line in _lines(log, warn=False) if 'loss' in line), None)


def _resumed(run: Path) -> bool:
    config = run / 'vis_data' / 'config.py'
    if not config.is_file():
        return False
    return 'resume = True' in config.read_text(encoding='utf-8', errors='replace').splitlines()


def _lines(log: Path, warn: bool = True) -> Iterator[dict[str, float]]:
    """Yield what each line of a log holds of the step and the curves."""
    try:
        lines = log.read_text(encoding='utf-8', errors='replace').splitlines()
    except FileNotFoundError:
        return  # A training may have gone on in another work folder.
    except OSError as error:
        if warn:
            _warn(f'{log}: cannot be read ({error.strerror}); its part of the curves is left out')
        return
    unread = []
    for number, line in enumerate(lines, start=1):
        try:
            yield _numbers(line)
        except (ValueError, RecursionError):
            unread.append(number)
    if unread and warn:
        _warn(
            f'{log}: {len(unread)} of {len(lines)} lines cannot be read, the first is line '
            f'{unread[0]}; they are left out of the curves'
        )


def _numbers(line: str) -> dict[str, float]:
    content = json.loads(line)
    if not isinstance(content, dict):
        raise ValueError('no object')
    kept = {name: value for name, value in content.items() if name == 'step' or _is_curve(name)}
    if any(type(value) not in (int, float) for value in kept.values()):
        raise ValueError('no numbers')
    # An integer of 400 digits is none that a curve can have.
    if any(isinstance(value, int) and abs(value) >= 2**53 for value in kept.values()):
        raise ValueError('numbers out of range')
    return kept if np.isfinite(kept.get('step', np.nan)) else {}


def _is_curve(name: str) -> bool:
    return name in _CURVES or 'loss' in name


def _warn(text: str) -> None:
    print_log(text, logger='current', level=logging.WARNING)


def _add(curves: Curves, line: dict[str, float]) -> None:
    losses = curves['loss']
    if 'loss' in line and losses and line['step'] <= losses[-1][0]:
        # Iterations that are done again take the place of all that was logged of them before.
        for curve in curves.values():
            _cut(curve, line['step'])
    for name in line.keys() - {'step'}:
        curve = curves.setdefault(name, [])
        _cut(curve, line['step'])
        curve.append([line['step'], line[name]])


def _cut(curve: list[list[float]], step: float) -> None:
    while curve and curve[-1][0] >= step:
        curve.pop()


def _thinned(curve: list[list[float]]) -> list[list[float]]:
    chosen = sorted(set(np.linspace(0, len(curve) - 1, _CURVE_POINTS).round().astype(int)))
    return [curve[i] for i in chosen] if len(curve) > _CURVE_POINTS else curve
