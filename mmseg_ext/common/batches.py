"""Which files a sample or a batch is made of."""

from collections.abc import Iterable, Mapping
from typing import Any


def named_files(info: Mapping[str, Any]) -> str:
    """Name the image and label file of a sample, as far as its entry or metainfo has them."""
    return ' with '.join(str(info[key]) for key in ('img_path', 'seg_map_path') if info.get(key))


def files_of(samples: Iterable[Any]) -> str:
    """Name the image and label files of packed samples, as far as their metainfo has them."""
    named = [named_files(sample.metainfo) for sample in samples]
    return ', '.join(name for name in named if name) or 'files unknown'
