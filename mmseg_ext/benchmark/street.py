"""A drawn street in Cityscapes' classes, and a data set of such streets in its layout."""

from pathlib import Path

import cv2
import numpy as np
from mmseg.datasets import CityscapesDataset

from mmseg_ext.common.atomic import write_image
from mmseg_ext.common.errors import ConfigError

THING_CLASSES = tuple(range(11, 19))
"""Training ids of Cityscapes' things: person, rider, car, …, bicycle."""

_ROAD, _BUILDING, _VEGETATION, _SKY, _IGNORED = 0, 2, 8, 10, 255
_SMALLEST = 200


def draw_street(
    height: int = 512, width: int = 1024, instances: int = 30, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels with touching, overlapping objects of all thing classes in turn.

    Args:
        height: Height in pixels, at least 200.
        width: Width in pixels, at least 200.
        instances: Number of objects, ellipses of 10 to 60 pixels radius.
        seed: Seed of their places and sizes.

    Returns:
        Training ids, uint8 (H, W), 255 ignored; and instance ids, int32 (H, W), 0 = none.

    Raises:
        ConfigError: It is smaller.
    """
    if min(height, width) < _SMALLEST:
        raise ConfigError(
            f'a drawn street needs at least {_SMALLEST} pixels in height and width, got '
            f'{height} {width}'
        )
    rng = np.random.default_rng(seed)
    labels = np.full((height, width), _BUILDING, np.uint8)
    labels[: height // 5] = _SKY
    labels[2 * height // 5 :] = _ROAD
    labels[height // 3 :, 2 * width // 3 :] = _VEGETATION
    labels[height // 5 : height // 5 + 10] = _IGNORED
    ids = np.zeros((height, width), np.int32)
    for index in range(instances):
        centre = (int(rng.integers(60, width - 60)), int(rng.integers(40, height - 40)))
        radii = tuple(map(int, rng.integers(10, 60, 2)))
        label = THING_CLASSES[index % len(THING_CLASSES)]
        cv2.ellipse(labels, centre, radii, 0, 0, 360, label, -1)
        cv2.ellipse(ids, centre, radii, 0, 0, 360, 24000 + index, -1)
    return labels, ids


def write_cityscapes(root: Path, frames: int, height: int = 1024, width: int = 2048) -> None:
    """Write drawn streets as the train split of Cityscapes, instances included.

    Args:
        root: Where to write `leftImg8bit` and `gtFine`.
        frames: Number of frames.
        height: Height in pixels.
        width: Width in pixels.
    """
    palette = np.zeros((256, 3), np.int16)
    palette[:19] = np.array(CityscapesDataset.METAINFO['palette'])[:, ::-1]
    images, annotations = (root / kind / 'train' / 'ulm' for kind in ('leftImg8bit', 'gtFine'))
    images.mkdir(parents=True)
    annotations.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(frames):
        labels, ids = draw_street(height, width, seed=index)
        # Grain, so that the files are about as large, and as slow to decode, as photographs.
        grain = rng.normal(0, 3, (height, width, 3)).astype(np.int16)
        image = np.clip(palette[labels] + grain, 0, 255).astype(np.uint8)
        instance_ids = np.where(ids > 0, ids, labels).astype(np.uint16)
        name = f'ulm_{index:06}_000019'
        write_image(images / f'{name}_leftImg8bit.png', image)
        write_image(annotations / f'{name}_gtFine_labelTrainIds.png', labels)
        write_image(annotations / f'{name}_gtFine_instanceIds.png', instance_ids)
