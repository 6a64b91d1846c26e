"""Classes that an evaluation says nothing about."""

import numpy as np

from mmseg_ext.evaluation.evaluation import Evaluation


def unlabelled_classes(evaluation: Evaluation) -> str:
    """Name the classes of which no label has a pixel; an empty string where there are none.

    They have no IoU, or 0 where they are predicted: with one class left, any model may have 100.
    """
    labelled = evaluation.scores.labelled
    names = ', '.join(np.asarray(evaluation.classes)[labelled == 0])
    if not names:
        return ''
    return (
        f'no label of this set has a pixel of {names}: no IoU there, or 0 where it is predicted'
        if labelled.any()
        else 'no label of this set has a pixel of any class: nothing was scored'
    )
