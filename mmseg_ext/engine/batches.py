"""What a batch is made of."""

from collections.abc import Iterable
from typing import Any


def files_of(samples: Iterable[Any]) -> str:
    """Name the image and label files of packed samples, as far as their metainfo has them."""
    keys = ('img_path', 'seg_map_path')
    named = [
        ' with '.join(str(sample.metainfo[key]) for key in keys if sample.metainfo.get(key))
        for sample in samples
    ]
    return ', '.join(name for name in named if name) or 'files unknown'
