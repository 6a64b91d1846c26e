"""Which transforms a pipeline has, in which order, and the data sets that have pipelines."""

from collections.abc import Iterator, Sequence
from typing import Any

from mmseg_ext.data.transforms.seg_fields import begin_fields


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


def datasets_inside(dataset: Any) -> list[Any]:
    """Return the data sets that a wrapper such as `ConcatDataset` holds; none for other sets."""
    inner = getattr(dataset, 'datasets', [getattr(dataset, 'dataset', None)])
    return [each for each in inner if each is not None]


def all_inside(dataset: Any) -> Iterator[Any]:
    """Yield a data set and all that lie inside it, at any depth."""
    yield dataset
    for inner in datasets_inside(dataset):
        yield from all_inside(inner)


def order_of(dataset: Any) -> str:
    """Write the names of the transforms that a sample goes through, in their order.

    Those of joined data sets stand beside each other, those of a wrapper behind the ones inside.
    """
    inside = dict.fromkeys(filter(None, map(order_of, datasets_inside(dataset))))
    own = describe(getattr(dataset, 'pipeline', ()))
    return ', '.join(filter(None, [' or '.join(inside), own]))


def describe(pipeline: Any) -> str:
    """Write the names of a pipeline's transforms in their order, those inside one in brackets."""
    if isinstance(pipeline, Sequence) and not isinstance(pipeline, str):
        return ', '.join(describe(each) for each in pipeline if each is not begin_fields)
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
