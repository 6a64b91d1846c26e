"""From arrays to an evaluation: what is counted of each image, and what joins the counts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.confusion import confusion_matrix
from mmseg_ext.evaluation.drives import METAINFO_KEY
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.image_counts import ImageCounts, image_names
from mmseg_ext.evaluation.metainfo import check_metainfo, palette_of
from mmseg_ext.evaluation.tail import TAIL_BELOW, choose_tail


def count_image(
    path: str,
    pred: np.ndarray,
    label: np.ndarray,
    num_classes: int,
    ignore_index: int = 255,
    boundary: BoundaryQuality | None = None,
) -> ImageCounts:
    """Count the prediction of one image.

    Args:
        path: The image, by whose name evaluations are paired.
        pred: Predicted class ids, any integer dtype, shape (H, W).
        label: True class ids, likewise.
        num_classes: Number of classes C.
        ignore_index: Label of the pixels to leave out.
        boundary: Also counts boundary quality.

    Raises:
        ValueError: The shapes differ, or an id that counts is outside 0..C-1.
    """
    matrix = confusion_matrix(pred, label, num_classes, ignore_index)
    edges = boundary.count(pred, label, num_classes, ignore_index) if boundary else None
    return ImageCounts(path, matrix, edges)


def evaluation_of(
    counts: Sequence[ImageCounts],
    metainfo: Mapping[str, Any],
    *,
    ignore_index: int = 255,
    tail_classes: Sequence[str] | None = None,
    tail_below: float = TAIL_BELOW,
    boundary: BoundaryQuality | None = None,
    reliability_scales: Sequence[float] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Join the counts of all images of a data set.

    Args:
        counts: Of each image, in the order of the data set; at least one.
        metainfo: ``classes``, and where they are known ``palette``, ``train_shares`` and
            ``drive_pattern``.
        ignore_index: Label of the pixels that were left out.
        tail_classes: The rare classes, by name.
        tail_below: Else those with less than this percentage of the training pixels, where the
            metainfo has ``train_shares``.
        boundary: What boundaries were counted with.
        reliability_scales: Factors of the logits that confidences were counted with.
        metadata: How the evaluation was made: plain values that JSON can hold.

    Raises:
        ConfigError: The metainfo is not as described, or a rare class is none.
        ValueError: There is no image, or the counts are not of these classes.

    Example:
        >>> label, pred = np.array([[0, 0, 1, 255]]), np.array([[0, 1, 1, 1]])
        >>> counts = [count_image('a.png', pred, label, 2), count_image('b.png', label, label, 2)]
        >>> evaluation = evaluation_of(counts, {'classes': ('road', 'car')})
        >>> evaluation.scores.iou
        array([0.75      , 0.66666667])
    """
    check_metainfo(metainfo)
    if not counts:
        raise ValueError('there is no image to evaluate')
    classes = tuple(metainfo['classes'])
    shares = metainfo.get('train_shares')
    fields: dict[str, Any] = {}
    if boundary is not None:
        fields['boundary'] = np.stack([np.asarray(each.boundary) for each in counts])
        fields['boundary_settings'] = boundary.settings
    if reliability_scales:
        fields['reliability'] = np.stack([np.asarray(each.reliability) for each in counts])
        fields['reliability_scales'] = tuple(reliability_scales)
    return Evaluation(
        classes=classes,
        images=image_names([each.path for each in counts]),
        matrices=np.stack([each.matrix for each in counts]),
        ignore_index=ignore_index,
        palette=palette_of(metainfo),
        train_shares=shares,
        tail=choose_tail(classes, tail_classes, tail_below, shares),
        drive_pattern=metainfo.get(METAINFO_KEY),
        metadata=metadata or {},
        **fields,
    )
