"""The images of a report in the groups in which the page shows them."""

from collections.abc import Sequence
from typing import Any

from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.pictures.chosen import MOST_CLASSES
from mmseg_ext.reports.pictures.drawn_images import palette_of
from mmseg_ext.reports.pictures.picture import Reason, ReportImage
from mmseg_ext.reports.table import percent

_HEADINGS = {
    'worst': 'Worst images',
    'best': 'Best images',
    'most of class': 'By the labels alone',
}
_RULES = {
    'worst of class': '',
    'worst': 'By the mean IoU of the image alone.',
    'best': 'By the mean IoU of the image alone.',
    'most of class': 'For each rare class the image that shows most of it, whatever the model '
    'makes of it: the same images for every model.',
}


def image_groups(evaluation: Evaluation, images: Sequence[ReportImage]) -> list[dict[str, Any]]:
    """Group the images by why they are shown; one with several reasons is drawn under the first.

    Args:
        evaluation: Whose images they are.
        images: Those to show.

    Returns:
        Groups with a heading, a rule and frames; a frame without pictures is shown above.
    """
    groups: dict[tuple[str, int | None], dict[str, Any]] = {}
    reasons = [(reason, image) for image in images for reason in image.reasons]
    kinds = list(_RULES)
    reasons.sort(key=lambda each: kinds.index(each[0].kind))
    drawn: set[int] = set()
    for reason, image in reasons:
        # What the labels choose is one group, whatever the class.
        of_class = reason.class_id if reason.kind == 'worst of class' else None
        group = groups.setdefault((reason.kind, of_class), _group(evaluation, reason))
        if any(frame['index'] == image.index for frame in group['frames']):
            continue
        frame = _frame(evaluation, image, reason)
        if image.index in drawn:
            frame['pictures'] = []
        drawn.add(image.index)
        group['frames'].append(frame)
    return list(groups.values())


def tail_rule(evaluation: Evaluation) -> str:
    """Say how the worst images of tail classes are chosen, and of how many classes, if not all."""
    number = len(evaluation.tail_ids)
    if not number:
        return ''
    text = 'The worst for a class have most pixels of it that are missed, or called so by mistake.'
    if number > MOST_CLASSES:
        text += f' Of {number} tail classes, the {MOST_CLASSES} with the fewest labelled pixels.'
    return text


def _group(evaluation: Evaluation, reason: Reason) -> dict[str, Any]:
    heading = _HEADINGS.get(reason.kind)
    if heading is None and reason.class_id is not None:
        heading = f'Worst for {evaluation.classes[reason.class_id]}'
    return {'heading': heading, 'rule': _RULES[reason.kind], 'frames': []}


def _frame(evaluation: Evaluation, image: ReportImage, reason: Reason) -> dict[str, Any]:
    index, scores = image.index, evaluation.image_scores
    score = f'mIoU of this image {percent(scores.mean_iou[index])} %'
    if reason.kind == 'worst of class' and reason.class_id is not None:
        name = evaluation.classes[reason.class_id]
        score = f'IoU of {name} in this image {percent(scores.iou[index, reason.class_id])} %'
    return {
        'index': index,
        'name': evaluation.images[index],
        'score': score,
        'legend': legend(evaluation, index),
        'pictures': image.pictures,
    }


def legend(evaluation: Evaluation, index: int) -> list[tuple[str, Sequence[int]]]:
    """Return name and colour of the classes that are labelled or predicted in an image."""
    colours, matrix = palette_of(evaluation), evaluation.matrices[index]
    there = matrix.sum(0) + matrix.sum(1) > 0
    return [(name, colours[c].tolist()) for c, name in enumerate(evaluation.classes) if there[c]]
