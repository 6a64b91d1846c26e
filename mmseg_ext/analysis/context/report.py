"""Measures the context of a data set and of models, and writes what was found."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from mmengine.config import Config

from mmseg_ext.analysis.context.data_figures import data_figures
from mmseg_ext.analysis.context.figures import context_figures
from mmseg_ext.analysis.context.measure import predicted_objects
from mmseg_ext.analysis.context.measured import ContextCounts
from mmseg_ext.analysis.context.paste_test import plan_pastings, predicted_pastings
from mmseg_ext.analysis.context.pictures import paste_sheet, removal_sheet
from mmseg_ext.analysis.context.removal_test import plan_removals, predicted_removals
from mmseg_ext.analysis.context.survey import Frames, Survey
from mmseg_ext.analysis.context.tables import Table, as_text, context_tables
from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.context.company import company_shares, usual_company
from mmseg_ext.prediction.predictor import Predictor
from mmseg_ext.reports.attempts import Attempts
from mmseg_ext.reports.page.context_page import context_html, splits_chart, splits_svg
from mmseg_ext.reports.pictures.picture import Picture

_SHEETS = {
    'paste': 'Paste test: the first object of each class, in a usual and in an unusual place',
    'removal': 'Removal test: the first image of each class, with and without its objects',
}


class Measured(NamedTuple):
    """The figures of a report, its tables, and the sheets of its tests by name, BGR."""

    figures: dict[str, Any]
    tables: list[Table]
    sheets: dict[str, np.ndarray]

    @property
    def text(self) -> str:
        """The tables for a terminal."""
        return as_text(self.tables)


def measure_context(
    config: Config, models: Sequence[tuple[Config, str]], settings: Mapping[str, Any]
) -> Measured:
    """Measure the context of a config's data set and how models depend on it.

    Args:
        config: The config whose training images say what is usual, and on whose test images is
            measured.
        models: Config and checkpoint of none, one or two models.
        settings: ``min_pixels`` of an object, ``objects`` of each class in the paste and the
            removal test, ``seed`` of their choice, and what else is to be kept.

    Raises:
        ConfigError: A config lacks a part, or a checkpoint is not of its model.
        DataError: A file of the data set is bad.
    """
    parts = ('train_dataloader', 'test_dataloader')
    require_parts(config, 'the context report', *parts)
    for model, _ in models:
        require_parts(model, 'the context report', 'model', 'test_dataloader')
    train, test = (Frames(config, split, settings['min_pixels']) for split in ('train', 'test'))
    if train.classes != test.classes:
        raise ConfigError('the context report needs the same classes in training and test')
    # A mistake in a model shows before all labels are read.
    predictors = [_predictor(config, checkpoint, test.classes) for config, checkpoint in models]
    surveys = train.survey(), test.survey()
    data = data_figures(*surveys)
    counts, sheets = [], {}
    if predictors:
        usual = usual_company(company_shares(surveys[0].table))
        number, seed = settings['objects'], settings['seed']
        pastings, without = plan_pastings(test, usual, number, seed)
        removals = plan_removals(test, _common_stuff(surveys[0], train.things), number, seed)
        data['without_two_places'] = {
            test.classes[label]: objects for label, objects in without.items()
        }
        counts = [
            ContextCounts(
                name=name,
                table=predicted_objects(test, surveys[1].table, predictor),
                pasted_labels=np.array([each.label for each in pastings], np.int64),
                pasted=predicted_pastings(test, pastings, predictor),
                removed_labels=np.array([each.label for each in removals], np.int64),
                removed=predicted_removals(test, removals, predictor),
            )
            for name, predictor in zip(_names(models), predictors, strict=True)
        ]
        shown = list(zip(_names(models), predictors, strict=True))
        if pastings:
            sheets['paste'] = paste_sheet(test, pastings, shown)
        if removals:
            sheets['removal'] = removal_sheet(test, removals, shown)
    figures = context_figures(counts, data, settings)
    return Measured(figures, context_tables(figures), sheets)


def write_context(measured: Measured, folder: Path) -> tuple[list[str], list[str]]:
    """Write the report.

    Args:
        measured: What to write.
        folder: The existing folder.

    Returns:
        The files that were written, and what could not be drawn.
    """
    figures, tables, sheets = measured
    with atomic_path(folder / 'context.json') as temporary:
        temporary.write_text(json.dumps(figures, indent=1, allow_nan=False) + '\n')
    attempts, files = Attempts(), ['context.json']
    pictures = []
    for name, sheet in sheets.items():
        picture = Picture(_SHEETS[name], 'image/png', cv2.imencode('.png', sheet)[1].tobytes())
        pictures.append(picture)
        _attempt(attempts, files, folder / f'{name}.png', lambda path, data: path.write_bytes(data),
                 picture.data)  # fmt: skip
    chart = None
    if any(model['splits'] for model in figures['models']):
        chart = attempts.draw('the chart of the splits', splits_svg, figures)
        _attempt(attempts, files, folder / 'splits.png', _draw_splits, figures)
    page = context_html(figures, tables, chart, pictures)
    with atomic_path(folder / 'context.html') as temporary:
        temporary.write_text(page, encoding='utf-8')
    return [*files, 'context.html'], attempts.failed


def _attempt(
    attempts: Attempts, files: list[str], path: Path, write: Callable[..., Any], content: Any
) -> None:
    """Write a picture, and list it where that went well."""
    failed = len(attempts.failed)

    def atomically() -> None:
        with atomic_path(path) as temporary:
            write(temporary, content)

    attempts.draw(path.name, atomically)
    if len(attempts.failed) == failed:
        files.append(path.name)


def _draw_splits(path: Path, figures: Mapping[str, Any]) -> None:
    splits_chart(figures).savefig(path, format='png', dpi=110, bbox_inches='tight')


def _common_stuff(survey: Survey, things: Sequence[int]) -> int:
    """Return the class of stuff with the most pixels."""
    pixels = survey.pixels.copy()
    pixels[list(things)] = 0
    return int(pixels.argmax())


def _predictor(config: Config, checkpoint: str, classes: tuple[str, ...]) -> Predictor:
    predictor = Predictor(config, checkpoint)
    if tuple(predictor.names) != classes:
        raise ConfigError(
            f'{config.filename}: its classes ({", ".join(predictor.names)}) are not those of the '
            f'test set that is measured ({", ".join(classes)})'
        )
    return predictor


def _names(models: Sequence[tuple[Config, str]]) -> list[str]:
    """Name models by their configs, or where these are one by their checkpoints."""
    names = [Path(config.filename).stem for config, _ in models]
    return names if len(set(names)) == len(names) else [checkpoint for _, checkpoint in models]
