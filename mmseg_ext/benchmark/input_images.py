"""Batches as a test has them: an image of the config's test set, or a drawn one."""

import copy
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmseg.structures import SegDataSample

from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.prediction.preparation import Preparation
from mmseg_ext.prediction.test_set import first_test_files


class InputImage(NamedTuple):
    """An image, ready for a model.

    Attributes:
        packed: `inputs`, uint8 (channels, H, W) as the test pipeline gives them, and
            `data_samples`, without labels.
        source: What it is, for people.
    """

    packed: dict[str, Any]
    source: str

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, as the model is given them."""
        height, width = self.packed['inputs'].shape[-2:]
        return height, width

    def batch(self, number: int) -> dict[str, Any]:
        """Return the collated batch that has the image so many times."""
        return pseudo_collate([copy.deepcopy(self.packed) for _ in range(number)])


def first_of_test_set(config: Config) -> InputImage:
    """Prepare the first image of a config's test set, as a test does.

    Raises:
        ConfigError: The config has no test set.
        DataError: The image cannot be read, or the pipeline fails on it.
    """
    require_parts(config, 'the benchmark without --size', 'test_dataloader')
    init_default_scope(config.get('default_scope', 'mmseg'))
    preparation = Preparation(config)
    (path,) = first_test_files(config, 1)
    return InputImage(preparation.file(path).packed, f'the first of the test set, {path}')


def drawn(height: int, width: int) -> InputImage:
    """Draw an image of noise that no pipeline changes, uint8 (3, height, width)."""
    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.integers(0, 256, (3, height, width), dtype=np.uint8))
    shape = (height, width)
    sample = SegDataSample(metainfo=dict(img_shape=shape, ori_shape=shape))
    return InputImage(dict(inputs=image, data_samples=sample), 'drawn')
