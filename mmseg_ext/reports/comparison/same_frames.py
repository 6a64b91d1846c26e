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
    """Put input and truth of any model before prediction and error of each."""
    any_model = next(iter(models))
    frame, evaluation = models[any_model], runs[any_model]
    pictures = [
        found
        for title in ('input', 'truth')
        if (found := next(filter(None, (_find(m, title, title) for m in models.values())), None))
    ]
    for title in ('prediction', 'error') if errors else ('prediction',):
        for name, model in models.items():
            score = percent(_score(runs[name], model.image))
            found = _find(model, title, f'{title}, {name} ({score} mIoU)')
            pictures += [found] if found else []
    index = _place(evaluation, frame.image)
    return {
        'name': frame.image,
        'note': f'most {", ".join(frame.chosen_for)}',
        'legend': [] if index is None else legend(evaluation, index),
        'pictures': pictures,
    }


def _find(frame: Frame, title: str, shown: str) -> Picture | None:
    for picture in frame.pictures:
        if picture.title == title:
            return Picture(shown, picture.media_type, picture.data)
    return None


def _place(evaluation: Evaluation, image: str) -> int | None:
    return evaluation.images.index(image) if image in evaluation.images else None


def _score(evaluation: Evaluation, image: str) -> float:
    index = _place(evaluation, image)
    return float('nan') if index is None else float(evaluation.image_scores.mean_iou[index])
