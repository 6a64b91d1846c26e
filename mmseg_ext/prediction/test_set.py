"""The first images of a config's test set, of which no label is read."""

import copy
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmseg.registry import DATASETS

from mmseg_ext.common.config_parts import with_pipelines


def first_test_files(config: Config, number: int) -> list[Path]:
    """Return the files of the first images, fewer where the test set has fewer.

    Raises:
        ConfigError: The data set is not there or has no samples.
    """
    dataset = copy.deepcopy(with_pipelines(config.test_dataloader.dataset)[0])
    dataset.pipeline = []
    built: Any = DATASETS.build(dataset)
    return [
        Path(built.get_data_info(index)['img_path']) for index in range(min(number, len(built)))
    ]
