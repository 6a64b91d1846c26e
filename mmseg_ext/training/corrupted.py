"""A test on corrupted images: how robust is a model?"""

from typing import Any

from mmengine.config import Config

from mmseg_ext.common.config_parts import type_name, with_pipelines
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.transforms.corrupt import CORRUPTIONS, Corrupt

_LOADER = 'LoadImageFromFile'


def corrupt_test_images(config: Config, corruption: str) -> None:
    """Let every image of the test be corrupted when it was read, in place; labels are as they were.

    Args:
        config: The config of the test.
        corruption: KIND or KIND:SEVERITY, as `Corrupt` takes them; the severity is 3 by default.

    Raises:
        ConfigError: There is no such corruption, or no pipeline that reads images.
    """
    kind, _, severity = corruption.partition(':')
    if severity and not severity.isdecimal():
        raise ConfigError(
            f'--corrupt {corruption}: give KIND or KIND:SEVERITY, as contrast:3; the kinds are '
            f'{", ".join(CORRUPTIONS)}, the severities 1 to 5'
        )
    arguments: dict[str, Any] = dict(kind=kind, severity=int(severity or 3))
    # Checks them, before anything is built.
    Corrupt(**arguments)
    datasets = with_pipelines((config.get('test_dataloader') or {}).get('dataset'))
    # A config may have one data set twice.
    for dataset in {id(each): each for each in datasets}.values():
        names = [type_name(transform) for transform in dataset.pipeline]
        if _LOADER not in names:
            raise ConfigError(
                f'--corrupt needs a pipeline of the test that begins with {_LOADER}; it has '
                f'{", ".join(map(str, names))}'
            )
        behind = names.index(_LOADER) + 1
        dataset.pipeline = [
            *dataset.pipeline[:behind],
            dict(type=Corrupt.__name__, **arguments),
            *dataset.pipeline[behind:],
        ]
    if not datasets:
        raise ConfigError('--corrupt needs a test_dataloader whose data set has a pipeline')
