"""Reads parts of a config that may be written in several ways."""

from typing import Any

from mmengine.config import ConfigDict


def type_name(part: dict[str, Any]) -> str | None:
    """Return the name of a part's class, without a scope such as `mmseg.`."""
    kind = part.get('type')
    name = getattr(kind, '__name__', kind)
    return None if name is None else str(name).rpartition('.')[2]


def with_pipelines(dataset: ConfigDict | None) -> list[ConfigDict]:
    """Return the data sets that have a pipeline of their own: this one, else those it wraps."""
    if dataset is None:
        return []
    if 'pipeline' in dataset:
        return [dataset]
    inner = dataset.get('datasets') or [dataset.get('dataset')]
    return [found for each in inner for found in with_pipelines(each)]
