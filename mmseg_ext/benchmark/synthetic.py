"""Batches without a data set, for measuring what a config costs."""

from typing import Any

import numpy as np
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmseg_ext.common.config_parts import type_name, with_pipelines
from mmseg_ext.common.errors import ConfigError

IGNORE_INDEX = 255
_LOADERS = ('LoadImageFromFile', 'LoadCheckedLabels', 'LoadAnnotations', 'LoadInstanceMap')
_RESIZERS = ('Resize', 'RandomResize', 'RandomChoiceResize')
_FROM_OTHER_FRAMES = ('PasteRareInstances', 'SwapInstances')
_LEFT_OUT = _LOADERS + _RESIZERS + _FROM_OTHER_FRAMES
_PATCH = 16


def set_crop(config: Config, crop_size: tuple[int, int]) -> None:
    """Set the size (height, width) of the training crops everywhere a config has it."""
    config.model.data_preprocessor['size'] = crop_size
    config.model.data_preprocessor.pop('size_divisor', None)
    for dataset in with_pipelines(config.train_dataloader.dataset):
        for transform in dataset.pipeline:
            if 'crop_size' in transform:
                transform['crop_size'] = crop_size


def crop_of(config: Config) -> tuple[int, int]:
    """Return the size (height, width) of a config's training crops, in pixels.

    Raises:
        ConfigError: The preprocessor has none.
    """
    size = config.model.get('data_preprocessor', {}).get('size')
    if size is None:
        raise ConfigError(
            f'{config.filename}: model.data_preprocessor has no size of the crops; give one with '
            '--crop HEIGHT WIDTH'
        )
    height, width = size
    return height, width


def num_classes_of(config: Config) -> int:
    """Return the number of classes that a config's (last) decode head predicts."""
    head = config.model.decode_head
    return (head[-1] if isinstance(head, (list, tuple)) else head)['num_classes']


def synthetic_batch(config: Config, batch_size: int, seed: int = 0) -> dict[str, Any]:
    """Make a batch as the config's data loader would, from drawn images.

    The images go through the config's own training pipeline except for loading, resizing and what
    takes objects of other frames: they are drawn at the size of the crops, and the targets that its
    heads need are there. Of wrapped data sets, it is the first one's pipeline.

    Args:
        config: The config; its crop size is that of the drawn images.
        batch_size: Number of images.
        seed: Seed of the drawing and of the pipeline's random transforms.

    Returns:
        The collated batch, `inputs` (uint8 images) and `data_samples`.

    Raises:
        ConfigError: The training data set has no pipeline.
    """
    datasets = with_pipelines(config.train_dataloader.dataset)
    if not datasets:
        raise ConfigError(f'{config.filename}: the training data set has no pipeline')
    pipeline = datasets[0].pipeline
    instances = any(type_name(transform) == 'LoadInstanceMap' for transform in pipeline)
    transforms = Compose([t for t in pipeline if type_name(t) not in _LEFT_OUT])
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    rng = np.random.default_rng(seed)
    try:
        return pseudo_collate(
            [
                transforms(_sample(rng, crop_of(config), num_classes_of(config), instances))
                for _ in range(batch_size)
            ]
        )
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _sample(
    rng: np.random.Generator, size: tuple[int, int], num_classes: int, instances: bool
) -> dict[str, Any]:
    """Draw an image of noise with a label map of square patches, a few of them ignored."""
    height, width = size
    grid = (-(-height // _PATCH), -(-width // _PATCH))
    classes = rng.integers(0, num_classes, grid, dtype=np.uint8)
    classes[rng.random(grid) < 0.05] = IGNORE_INDEX

    def enlarge(patches: np.ndarray) -> np.ndarray:
        large = patches.repeat(_PATCH, axis=0).repeat(_PATCH, axis=1)
        return np.ascontiguousarray(large[:height, :width])

    sample: dict[str, Any] = dict(
        img=rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        img_path='synthetic.png',
        seg_map_path='synthetic.png',
        img_shape=size,
        ori_shape=size,
        gt_seg_map=enlarge(classes),
        seg_fields=['gt_seg_map'],
        reduce_zero_label=False,
    )
    if instances:
        ids = np.arange(1, classes.size + 1, dtype=np.int32).reshape(grid)
        sample['gt_instance_map'] = enlarge(ids)
        sample['seg_fields'].append('gt_instance_map')
    return sample
