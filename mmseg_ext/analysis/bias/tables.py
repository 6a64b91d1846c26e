"""The figures of an analysis as text."""

from collections.abc import Mapping
from typing import Any

from mmseg_ext.common.printable import printable
from mmseg_ext.reports.text_table import TextTable


def bias_tables(figures: Mapping[str, Any]) -> str:
    """Draw the tables of what :func:`~mmseg_ext.analysis.bias.figures.bias_figures` returns.

    One column a model, and where there are two their difference.
    """
    parts = [_summary(figures), _by_class(figures)]
    if any(model['context_gap'] for model in figures['models']):
        parts.append(_context(figures))
    return '\n\n'.join(parts)


def _summary(figures: Mapping[str, Any]) -> str:
    models, difference = figures['models'], figures['difference']
    marks = [f'{mark}: ' if mark else '' for mark in _marks(models)]
    names = [f'{mark}{model["name"]}' for mark, model in zip(marks, models, strict=True)]
    table = _table(['', *names], bool(difference))
    rows = [
        ('mIoU, %', [(_number(model['mean_iou']), '') for model in models], ''),
        (
            'off-diagonal: mean change of the others, points',
            [
                (_number(d['off_diagonal']), _interval(d['off_diagonal_interval_95']))
                for d in (model['dependence'] for model in models)
            ],
            difference
            and _signed(difference['off_diagonal'], difference['off_diagonal_interval_95']),
        ),
        (
            'channels: disentanglement, 0 to 1',
            [(f'{model["spread"]["disentanglement"]:.3f}', '') for model in models],
            '',
        ),
        (
            'channels: completeness, 0 to 1',
            [(f'{model["spread"]["completeness"]:.3f}', '') for model in models],
            '',
        ),
        *(
            (
                f'channels: {measure.upper()}, 0 to 1',
                [(_number(model['latent_gaps'][measure], '.3f'), '') for model in models],
                '',
            )
            for measure in ('mig', 'sap')
        ),
    ]
    if all(model['context_gap'] for model in models):
        gaps = [model['context_gap'] for model in models]
        cells = [(_number(gap['mean']), _interval(gap['mean_interval_95'])) for gap in gaps]
        rows.append(('mean context gap, points', cells, ''))
    for name, cells, last in rows:
        texts = [f'{value} ({interval})' if interval else value for value, interval in cells]
        table.add_row([name, *texts, *([last] if difference else [])])
    settings = figures['settings']
    return (
        f'{table.get_string()}\n95 % intervals over {figures["resampled"]}; classes '
        f'suppressed by {settings["suppression"]}'
    )


def _by_class(figures: Mapping[str, Any]) -> str:
    """One row a suppressed class: what it loses, what the others lose, and which of them most."""
    models, classes = figures['models'], figures['classes']
    heads = ['IoU', 'itself', 'others', 'most']
    names = [f'{head} {mark}' for mark in _marks(models) for head in heads]
    table = _table(['suppressed', *map(str.strip, names)], False)
    for row, name in enumerate(classes):
        cells: list[str] = []
        for model in models:
            dependence = model['dependence']
            changes = dependence['change'][row]
            known = [c for c in range(len(classes)) if c != row and changes[c] is not None]
            most = min(known, key=lambda c: changes[c], default=None)
            cells += [
                _number(model['iou'][name]),
                _number(dependence['on_itself'][name], '+.1f'),
                _number(dependence['on_others'][name]),
                '-' if most is None else f'{classes[most]} {changes[most]:+.1f}',
            ]
        table.add_row([name, *cells])
    return f'Change of IoU when a class is suppressed, points{_legend(models)}\n{table}'


def _context(figures: Mapping[str, Any]) -> str:
    models, difference = figures['models'], figures['difference']
    heads = ['kept', 'broken', 'gap', '95 % interval']
    names = [f'{head} {mark}' for mark in _marks(models) for head in heads]
    table = _table(['IoU, %', *map(str.strip, names)], bool(difference))
    for name in figures['classes']:
        cells: list[str] = []
        for model in models:
            gap = model['context_gap']
            cells += [
                _number(model['iou'][name]),
                _number(gap['iou'][name]),
                _number(gap['gap'][name], '+.1f'),
                _interval(gap['interval_95'][name]),
            ]
        if difference:
            gaps = difference['context_gap']
            cells.append(_signed(gaps['gap'][name], gaps['interval_95'][name]))
        table.add_row([name, *cells])
    split = figures['settings']['shift_split']
    return f'Context: kept on the test set, broken on its split {split}{_legend(models)}\n{table}'


def _table(heads: list[str], with_difference: bool) -> TextTable:
    return TextTable([*heads, *(['difference'] if with_difference else [])])


def _marks(models: Any) -> list[str]:
    return [''] if len(models) == 1 else ['A', 'B']


def _legend(models: Any) -> str:
    if len(models) == 1:
        return ''
    return '; ' + ', '.join(
        f'{mark}: {printable(model["name"])}'
        for mark, model in zip(_marks(models), models, strict=True)
    )


def _number(value: float | None, form: str = '.1f') -> str:
    return '-' if value is None else format(value, form)


def _interval(ends: Any) -> str:
    return '-' if None in ends else f'{ends[0]:.1f} to {ends[1]:.1f}'


def _signed(value: float | None, ends: Any) -> str:
    return f'{_number(value, "+.1f")} ({_interval(ends)})'
