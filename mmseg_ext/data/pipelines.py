"""Which transforms a pipeline has, and in which order."""

from collections.abc import Iterator, Sequence
from typing import Any


def transforms_of(pipeline: Any) -> Iterator[Any]:
    """Yield the transforms of a pipeline in their order, each before those inside it.

    Args:
        pipeline: A ``Compose`` of mmengine or mmcv, or a list of transforms.
    """
    if isinstance(pipeline, Sequence) and not isinstance(pipeline, str):
        for each in pipeline:
            yield from transforms_of(each)
    elif callable(pipeline):
        if type(pipeline).__name__ != 'Compose':
            yield pipeline
        yield from transforms_of(_inside(pipeline))


def describe(pipeline: Any) -> str:
    """Write the names of a pipeline's transforms in their order, those inside one in brackets."""
    if isinstance(pipeline, Sequence) and not isinstance(pipeline, str):
        return ', '.join(map(describe, pipeline))
    if isinstance(pipeline, dict):
        return f'{pipeline.get("type")}' + _bracketed(pipeline.get('transforms', ()))
    if type(pipeline).__name__ == 'Compose':
        return describe(_inside(pipeline))
    name = getattr(pipeline, '__name__', type(pipeline).__name__)
    return name + _bracketed(_inside(pipeline))


def _inside(transform: Any) -> Any:
    # `subroutines` are those of mmcv's TestTimeAug.
    return getattr(transform, 'transforms', getattr(transform, 'subroutines', ()))


def _bracketed(inside: Any) -> str:
    return f'({describe(inside)})' if inside else ''
