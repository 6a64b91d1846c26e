"""Evaluations side by side: reads what runs left in their work dirs."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from prettytable import PrettyTable

from mmseg_ext.errors import DataError

CLASS_PREFIX = 'IoU.'


def latest_scores(work_dir: str | Path) -> dict[str, float]:
    """Read the last evaluation of a work dir, of a test or at the end of a training.

    Args:
        work_dir: What `--work-dir` named in `tools/test.py` or `tools/train.py`.

    Returns:
        dict[str, float]: The scalars of `PerClassIoU` in percent, NaN for an absent class.

    Raises:
        DataError: If no run below the folder was evaluated.
    """
    runs = sorted((path for path in Path(work_dir).glob('*/') if path.is_dir()), reverse=True)
    for run in runs:
        # A test leaves one report; a training logs its evaluations among its other scalars.
        for file in (run / f'{run.name}.json', run / 'vis_data' / 'scalars.json'):
            lines = file.read_text(encoding='utf-8').splitlines() if file.is_file() else []
            evaluations = [scalars for scalars in map(json.loads, lines) if 'mIoU' in scalars]
            if evaluations:
                return evaluations[-1]
    raise DataError(
        f'{work_dir}: no evaluation found; make one by '
        f'`python tools/test.py CONFIG CHECKPOINT --work-dir {work_dir}`'
    )


def comparison_table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """Draw the IoU of every class, one column an evaluation.

    Args:
        columns: The scalars of each evaluation, by the heading of its column.

    Returns:
        str: The table in percent, with the difference of the last column to the first where there
        are two or more; a dash where a class is absent.
    """
    headings = list(columns)
    table = PrettyTable(['IoU', *headings, *(['difference'] if len(headings) > 1 else [])])
    table.align = 'r'
    table.align['IoU'] = 'l'
    # A dict keeps the order of the classes and drops the repetitions.
    names = list(dict.fromkeys(name for scores in columns.values() for name in scores))
    classes = [name for name in names if name.startswith(CLASS_PREFIX)]
    for name in (*classes, 'mIoU'):
        values = [columns[heading].get(name, math.nan) for heading in headings]
        cells = [_cell(value) for value in values]
        if len(values) > 1:
            cells.append(_cell(values[-1] - values[0], '+.1f'))
        label = 'mean' if name == 'mIoU' else name.removeprefix(CLASS_PREFIX)
        table.add_row([label, *cells], divider=name == (classes or [''])[-1])
    return table.get_string()


def _cell(value: float, form: str = '.1f') -> str:
    return '-' if math.isnan(value) else format(value, form)
