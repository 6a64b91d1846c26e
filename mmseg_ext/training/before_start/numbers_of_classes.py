"""Heads, data sets and metrics must have the same classes, and each class a colour."""

from typing import Any

from mmengine.runner import Runner

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.data_sets import datasets_of
from mmseg_ext.training.before_start.heads import heads_of, learns_labels, plain_model


def check_numbers_of_classes(runner: Runner) -> None:
    """Compare the classes of the heads with those of the data sets, by which metrics count.

    Raises:
        ConfigError: The numbers differ, or a palette has not one colour for each class.
    """
    classes = {place: _classes(dataset) for place, dataset in datasets_of(runner).items()}
    for place, dataset in datasets_of(runner).items():
        _check_palette(place, dataset)
    known = {place: names for place, names in classes.items() if names}
    _compare_data_sets(runner, known)
    for path, head in heads_of(plain_model(runner)).items():
        if not (learns_labels(head) or 'decode_head' in path):
            continue
        for place, names in known.items():
            _compare(path, getattr(head, 'num_classes', None), place, len(names))


def _classes(dataset: Any) -> tuple[str, ...]:
    return tuple((getattr(dataset, 'metainfo', None) or {}).get('classes') or ())


def _check_palette(place: str, dataset: Any) -> None:
    metainfo = getattr(dataset, 'metainfo', None) or {}
    classes, palette = metainfo.get('classes'), metainfo.get('palette')
    if classes and palette and len(palette) != len(classes):
        raise ConfigError(
            f'{place}.metainfo.palette has {len(palette)} colours for {len(classes)} classes: give '
            'one for each class'
        )


def _compare_data_sets(runner: Runner, classes: dict[str, tuple[str, ...]]) -> None:
    if len(classes) < 2:
        return
    (train, trained), (val, validated) = classes.items()
    if len(trained) != len(validated):
        raise ConfigError(
            f'{train} has {len(trained)} classes and {val}, by which the metric counts, has '
            f'{len(validated)}: give both the same metainfo.classes'
        )
    differing = [pair for pair in zip(trained, validated, strict=True) if pair[0] != pair[1]]
    if differing:
        ours, theirs = differing[0]
        runner.logger.warning(
            f'{len(differing)} classes have other names in {val} than in {train}, the first '
            f'{theirs!r} for {ours!r}: give both the same metainfo.classes in the same order, or '
            'the scores are of classes that were mixed up'
        )


def _compare(path: str, predicted: int | None, place: str, labelled: int) -> None:
    # A binary head may have one output, and then counts as two classes or as one.
    if predicted in (None, labelled) or {predicted, labelled} == {1, 2}:
        return
    raise ConfigError(
        f'{path}.num_classes={predicted}, but {place} has {labelled} classes: set '
        f'{path}.num_classes={labelled}, or metainfo.classes of the data set'
    )
