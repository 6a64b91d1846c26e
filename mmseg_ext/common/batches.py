"""What a batch is made of."""

from collections.abc import Iterable
from typing import Any

from mmseg_ext.data.reading.guard import named_files


def files_of(samples: Iterable[Any]) -> str:
    """Name the image and label files of packed samples, as far as their metainfo has them."""
    named = [named_files(sample.metainfo) for sample in samples]
    return ', '.join(name for name in named if name) or 'files unknown'
