"""The classes that a config predicts, and their colours."""

import copy

import numpy as np
from mmengine.config import Config
from mmseg.registry import DATASETS

from mmseg_ext.common.config_parts import with_pipelines
from mmseg_ext.common.errors import ConfigError


def classes_of_test_set(config: Config) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names and colours of the classes of a config's test set, of which no file is needed.

    Returns:
        The names, and the palette, uint8 (C, 3), RGB; where the data set has none, mmseg's colours.

    Raises:
        ConfigError: There is no such set, or it does not tell its classes.
    """
    found = with_pipelines((config.get('test_dataloader') or {}).get('dataset'))
    if not found:
        raise ConfigError('prediction needs a test_dataloader whose data set has a pipeline')
    dataset = copy.deepcopy(found[0])
    dataset.update(pipeline=[], lazy_init=True)
    meta = DATASETS.build(dataset).metainfo
    if not meta.get('classes'):
        raise ConfigError(
            f'test_dataloader: {dataset.type} does not tell its classes; give '
            'metainfo=dict(classes=(...)) in its config'
        )
    return tuple(meta['classes']), np.array(meta['palette'], np.uint8).reshape(-1, 3)
