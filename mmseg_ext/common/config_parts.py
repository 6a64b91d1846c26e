"""Reads parts of a config that may be written in several ways."""

from typing import Any

from mmengine.config import Config, ConfigDict

from mmseg_ext.common.contributions import WEIGHT_FILES
from mmseg_ext.common.errors import ConfigError


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


def require_parts(config: Config, use: str, *parts: str) -> None:
    """Check that a config has what a use of it needs.

    Raises:
        ConfigError: A part is missing or None.
    """
    missing = [part for part in parts if config.get(part) is None]
    if missing:
        raise ConfigError(
            f'{config.filename} lacks {" and ".join(missing)}; {use} needs {", ".join(parts)}'
        )


def without_pretrained(node: Any) -> None:
    """Remove pre-trained weights from a model's config, in place, so that nothing is downloaded."""
    if isinstance(node, dict):
        if 'pretrained' in node:
            node['pretrained'] = None
        if node.get('init_cfg'):
            node['init_cfg'] = _without_files(node['init_cfg'])
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, (dict, list, tuple)):
            without_pretrained(child)


def _without_files(init_cfg: Any) -> Any:
    """Return an `init_cfg`, one or a list, without what reads a file; None for nothing."""
    if isinstance(init_cfg, (list, tuple)):
        return [each for each in init_cfg if _without_files(each)] or None
    kind = type_name(init_cfg) if isinstance(init_cfg, dict) else None
    return None if str(kind).startswith(tuple(WEIGHT_FILES)) else init_cfg
