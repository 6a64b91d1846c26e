"""The figures of a context report as text."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mmseg_ext.common.printable import printable
from mmseg_ext.reports.text_table import TextTable

_LEAST_COMPANY = 25
_MOST_WRONG = 3
_COMPARED = {
    'unfairness': ('Context unfairness, 0 to 100', ['class']),
    'recall_gap': (
        'Recall with a class beside it minus without, points',
        ['class', 'beside it'],
    ),
    'paste': ('Paste test: mean recall of the same objects in two places, %', ['class', 'place']),
    'removal': (
        'Removal test: predictions changed, minus those of the control, points',
        ['removed', 'of'],
    ),
}


class Table(NamedTuple):
    """A table: what it shows, headings, and rows of texts."""

    title: str
    headings: list[str]
    rows: list[list[str]]


def context_tables(figures: Mapping[str, Any]) -> list[Table]:
    """Make the tables of what :func:`~mmseg_ext.analysis.context.figures.context_figures` returns.

    Those of the data first; then those of the models, a column for each, and where there are two
    their difference.
    """
    tables = [_outside(figures['data']), _company(figures['data'])]
    marks = ['A: ', 'B: '] if len(figures['models']) > 1 else ['']
    for mark, model in zip(marks, figures['models'], strict=False):
        tables += [_called(model, mark), _splits(model, mark)]
    for part, (title, keys) in _COMPARED.items():
        # Of one model, the splits have it already.
        if figures['difference'] or (figures['models'] and part != 'recall_gap'):
            tables.append(_compared(figures, part, title, keys))
    return [table for table in tables if table.rows]


def as_text(tables: Sequence[Table]) -> str:
    """Draw tables for a terminal."""
    drawn = []
    for title, headings, rows in tables:
        table = TextTable(headings)
        for row in rows:
            table.add_row(row)
        drawn.append(f'{printable(title)}\n{table}')
    return '\n\n'.join(drawn)


def _outside(data: Mapping[str, Any]) -> Table:
    rows = [
        [
            name,
            ', '.join(part['usual']) or '-',
            *(
                f'{part[split]["objects"]} of {data[split]["objects"].get(name, 0)}'
                f' ({_number(part[split]["share"])} %)'
                for split in ('train', 'test')
            ),
        ]
        for name, part in data['outside'].items()
    ]
    title = (
        'Objects outside of their usual company (beside three of four in training): '
        f'{data["train"]["images"]} training and {data["test"]["images"]} test images'
    )
    return Table(title, ['class', 'usual company', 'train', 'test'], rows)


def _company(data: Mapping[str, Any]) -> Table:
    rows = [
        [name, other, _number(part['train']), _number(part['test'])]
        for name, company in data['company'].items()
        for other, part in company.items()
        if max(part['train'] or 0, part['test'] or 0) >= _LEAST_COMPANY
    ]
    title = f'Objects that have a class beside them, %, from {_LEAST_COMPANY} % on'
    return Table(title, ['class', 'beside it', 'train', 'test'], rows)


def _called(model: Mapping[str, Any], mark: str) -> Table:
    rows = []
    for name, shares in model['called'].items():
        wrong = sorted((other for other in shares if other != name), key=lambda o: -shares[o])
        most = ', '.join(f'{other} {shares[other]:.1f}' for other in wrong[:_MOST_WRONG])
        rows.append([name, _number(shares.get(name, 0.0)), most or '-'])
    title = f'{mark}As what the pixels of objects are predicted, %: {model["name"]}'
    return Table(title, ['class', 'right', 'wrong names'], rows)


def _splits(model: Mapping[str, Any], mark: str) -> Table:
    rows = [
        [
            split['class'],
            split['beside'],
            ' / '.join(map(str, split['objects'])),
            *(_estimate(each) for each in split['recall']),
            f'{split["flip_to"]} ' + ' / '.join(_number(each['value']) for each in split['flip']),
        ]
        for split in model['splits']
    ]
    title = f'Recall of objects with a class beside them, and without, %: {model["name"]}'
    headings = ['class', 'beside it', 'objects', 'with', 'without', 'called, with / without']
    return Table(f'{mark}{title}', headings, rows)


def _compared(figures: Mapping[str, Any], part: str, title: str, keys: list[str]) -> Table:
    sources = [model[part] for model in figures['models']]
    headings = ['figure'] if len(sources) == 1 else ['A', 'B', 'A minus B']
    if figures['difference']:
        sources = [*sources, figures['difference'][part]]
    names: list[tuple[str, ...]] = []
    for source in sources:
        names += [name for name in _paths(source, len(keys)) if name not in names]
    rows = [[*name, *(_estimate(_at(source, name)) for source in sources)] for name in names]
    return Table(title, [*keys, *headings], rows)


def _paths(source: Mapping[str, Any], depth: int) -> list[tuple[str, ...]]:
    if depth == 1:
        return [(key,) for key in source]
    return [(key, *rest) for key in source for rest in _paths(source[key], depth - 1)]


def _at(source: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = source
    for part in path:
        found = (found or {}).get(part)
    return found


def _estimate(estimate: Mapping[str, Any] | None) -> str:
    if estimate is None or estimate['value'] is None:
        return '-'
    ends = estimate['interval_95']
    interval = f' ({ends[0]:.1f} to {ends[1]:.1f})' if ends else ''
    return f'{estimate["value"]:.1f}{interval}'


def _number(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'
