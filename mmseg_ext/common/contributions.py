"""What plugins tell of themselves, so that general code need not name them.

A room adds to these tables where it registers its plugins; removing the room removes its entries.
"""

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple


class DrawnMap(NamedTuple):
    """How to draw a map of a sample.

    Attributes:
        title: What it is called above its panel.
        kind: What its values are: ids of classes, ids of instances, 0 and 1 of edges, or levels.
        made_by: The transform that makes it from the labels; None where it is loaded.
    """

    title: str
    kind: Literal['classes', 'instances', 'edges', 'levels']
    made_by: str | None = None


MAPS = {
    'gt_seg_map': DrawnMap('labels', 'classes'),
    'gt_instance_map': DrawnMap('instances', 'instances'),
}
"""The maps that a pipeline may make, by their key in a sample, in the order in which to show them.
"""

NEED_LABELS = {'LoadAnnotations'}
"""Transforms that an image without labels has to go without."""

TRAINING_ONLY = {'auxiliary_head', 'loss_decode'}
"""Modules of which inference needs nothing, by the name that they have in a model."""

EXPORTED_AS: dict[type, Callable[[Any], Any]] = {}
"""Modules that ONNX cannot express, and what makes a module that computes the same and can be
exported in place of one. It may share the weights.
"""

WEIGHT_FILES = {'Pretrained'}
"""Types of `init_cfg` that read weights from a file, by how their names begin."""

HIGHER_IS_BETTER: list[re.Pattern[str]] = []
"""Names of scores of which more is better; mmengine knows that of few.

Where a score is one of a group, the regular expression's group `separator` is what parts the two:
a slash, or the dot of earlier versions.
"""
