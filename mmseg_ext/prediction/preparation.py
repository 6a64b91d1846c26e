"""From an image to what a model is fed: the test pipeline of a config, without labels."""

import copy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config
from mmengine.dataset import Compose

from mmseg_ext.common.config_parts import type_name, with_pipelines
from mmseg_ext.common.contributions import NEED_LABELS
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.reading.bit_depth import check_8bit_image
from mmseg_ext.data.reading.guard import run_pipeline
from mmseg_ext.data.reading.readers import read_checked, read_image


class Prepared(NamedTuple):
    """An image, ready for the model.

    Attributes:
        packed: What the pipeline ends in: inputs and data_samples, with test-time augmentation a
            list of each.
        image: The image as it was loaded, uint8 (H, W, 3), BGR.
    """

    packed: dict[str, Any]
    image: np.ndarray


class Preparation:
    """The test pipeline of a config for images without labels.

    Transforms that load or need labels are left out. Images come to the model as in a test: resized
    and padded alike, and turned as their EXIF orientation says, which is OpenCV's default.

    Args:
        config: Its `test_dataloader`, or with `augmented` its `tta_pipeline`, is used.
        augmented: Whether to prepare the images for test-time augmentation.

    Attributes:
        steps: The transforms, as the config has them.

    Raises:
        ConfigError: The config has no such pipeline, or that does not begin with the loading of an
            image.
    """

    def __init__(self, config: Config, augmented: bool = False) -> None:
        steps = _unlabelled(copy.deepcopy(_pipeline(config, augmented)))
        self.steps = copy.deepcopy(steps)
        transforms = Compose(steps).transforms
        if not transforms or not isinstance(transforms[0], LoadImageFromFile):
            raise ConfigError(
                'the pipeline to predict with must begin with LoadImageFromFile; it has '
                f'{", ".join(str(type_name(step)) for step in steps) or "no transform"}'
            )
        self._load, self._rest = transforms[0], Compose(transforms[1:])

    def file(self, path: str | Path) -> Prepared:
        """Load an image file and prepare it.

        Raises:
            DataError: It is missing, empty, truncated, damaged, no image, not of 8 bits a channel,
                or the pipeline fails on it.
        """
        read_checked(path)
        check_8bit_image(path)
        loaded = run_pipeline(
            lambda: self._load(dict(img_path=str(path), seg_fields=[])), str(path), None
        )
        image = loaded['img']
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            # Loaded in grey, with alpha or as floats: for people it is drawn in colours.
            image = read_image(path)
        # A transform may change it where it is.
        shown = image.copy()
        return Prepared(self._finish(loaded, str(path)), shown)

    def array(self, image: np.ndarray, name: str = 'the image') -> Prepared:
        """Prepare an image that is loaded already.

        Args:
            image: uint8 (H, W, 3), BGR, as OpenCV reads it.
            name: What it is, for messages.

        Raises:
            ConfigError: The pipeline does not load images in colour.
            DataError: It is no such array, or the pipeline fails on it.
        """
        if self._load.color_type != 'color':
            raise ConfigError(
                f'LoadImageFromFile loads images with color_type={self._load.color_type!r}; '
                'arrays and videos, which are in colour, need a pipeline that loads colours'
            )
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3:
            raise DataError(f'{name}: must be an array (H, W, 3) of uint8, BGR')
        if image.shape[2] != 3 or not image.size:
            raise DataError(f'{name}: must be an array (H, W, 3), its shape is {image.shape}')
        loaded = image.astype(np.float32) if self._load.to_float32 else image.copy()
        shape = image.shape[:2]
        sample: dict[str, Any] = dict(
            img=loaded, img_shape=shape, ori_shape=shape, img_path='', seg_fields=[]
        )
        return Prepared(self._finish(sample, name), image)

    def _finish(self, sample: dict[str, Any], name: str) -> dict[str, Any]:
        return run_pipeline(lambda: self._rest(sample), name, None)


def _pipeline(config: Config, augmented: bool) -> list:
    if augmented:
        if not config.get('tta_pipeline') or not config.get('tta_model'):
            raise ConfigError(
                'test-time augmentation needs tta_pipeline and tta_model in the config'
            )
        return config.tta_pipeline
    found = with_pipelines((config.get('test_dataloader') or {}).get('dataset'))
    if not found:
        raise ConfigError('prediction needs a test_dataloader whose data set has a pipeline')
    return found[0].pipeline


def _unlabelled(steps: list) -> list:
    """Return a pipeline, or the branches of one, without the transforms that need labels."""
    kept = []
    for step in steps:
        if isinstance(step, (list, tuple)):
            # A branch without any transform would leave mmcv nothing to combine.
            if branch := _unlabelled(list(step)):
                kept.append(branch)
        elif type_name(step) not in NEED_LABELS:
            if 'transforms' in step:
                step['transforms'] = _unlabelled(step['transforms'])
            kept.append(step)
    return kept
