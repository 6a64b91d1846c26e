"""The same images under the models of a comparison, side by side."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from mmseg_ext.evaluation.comparison.difference import Comparison
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.page.frames import legend
from mmseg_ext.reports.pictures.frames_file import Frame
from mmseg_ext.reports.pictures.picture import Picture
from mmseg_ext.reports.table import percent

FrameSets = Mapping[str, Sequence[Frame]]
"""By the name of a method, the frames of its first run."""
_MOST_FRAMES = 6
# So that the page of many models stays small: predictions, and with errors too.
_MOST_PICTURES = 40
_MODELS_WITH_ERRORS = 3


def same_frames(comparisons: Sequence[Comparison], frames: FrameSets) -> dict[str, Any]:
    """Pair the frames of all models by the names of their images.

    Args:
        comparisons: Against one baseline.
        frames: Those that each method has; a method may have none.

    Returns:
        `frames`, each with its pictures, as many as keep the page small; `lacking`, the names of
        the methods without frames; and `left_out`, how many frames are not shown.
    """
    methods = [comparisons[0].baseline, *(comparison.method for comparison in comparisons)]
    runs = {method.name: method.runs[0] for method in methods}
    known = {name: {_key(f.image): f for f in frames.get(name, ())} for name in runs}
    lacking = [name for name, found in known.items() if not found]
    having = {name: found for name, found in known.items() if found}
    if len(having) < 2:
        return {'frames': [], 'lacking': lacking, 'left_out': 0}
    first = next(iter(having.values()))
    shared = [key for key in first if all(key in found for found in having.values())]
    errors = len(having) <= _MODELS_WITH_ERRORS
    per_frame = len(having) * (2 if errors else 1)
    number = min(len(shared), _MOST_FRAMES, max(1, _MOST_PICTURES // per_frame))
    shown = [
        _frame({name: found[key] for name, found in having.items()}, runs, errors)
        for key in shared[:number]
    ]
    return {'frames': shown, 'lacking': lacking, 'left_out': len(shared) - number}


def _key(image: str) -> str:
    return os.path.splitext(image)[0]


def _frame(
    models: Mapping[str, Frame], runs: Mapping[str, Evaluation], errors: bool
) -> dict[str, Any]:
    """Put input and truth of any model before what each makes of it."""
    any_model = next(iter(models))
    frame, evaluation = models[any_model], runs[any_model]
    pictures = [
        found
        for title in ('input', 'truth')
        if (found := next(filter(None, (_find(m, title, title) for m in models.values())), None))
    ]
    alone = len(pictures)
    for name, model in models.items():
        score = _scores(runs[name], model)
        for title in ('prediction', 'error') if errors else ('prediction',):
            said = score if title == 'prediction' else ''
            found = _find(model, title, f'{title}, {name}{said}')
            pictures += [found] if found else []
    columns = errors and alone == 2 and len(pictures) == alone + 2 * len(models)
    index = _place(evaluation, frame.image)
    return {
        'name': frame.image,
        'note': f'the most {", ".join(frame.chosen_for)} of all images',
        'legend': [] if index is None else legend(evaluation, index),
        'pictures': pictures,
        'columns': 1 + len(models) if columns else 0,
    }


def _find(frame: Frame, title: str, shown: str) -> Picture | None:
    for picture in frame.pictures:
        if picture.title == title:
            return Picture(shown, picture.media_type, picture.data)
    return None


def _place(evaluation: Evaluation, image: str) -> int | None:
    return evaluation.images.index(image) if image in evaluation.images else None


def _scores(evaluation: Evaluation, frame: Frame) -> str:
    """Write the IoU of the classes that an image was chosen for, and its mIoU."""
    index = _place(evaluation, frame.image)
    if index is None:
        return ''
    scores = evaluation.image_scores
    classes = [name for name in frame.chosen_for if name in evaluation.classes]
    ious = [f'{name} {percent(scores.iou[index, evaluation.classes.index(name)])}\u00a0%'
            for name in classes]  # fmt: skip
    return ': ' + ', '.join([*ious, f'mIoU {percent(scores.mean_iou[index])}\u00a0%'])
