"""A CamVid of a few frames, for the tests of the command lines."""

from pathlib import Path

import cv2
import numpy as np


def draw_camvid(root: Path, frames: int = 4, height: int = 48, width: int = 64) -> None:
    """Write frames whose classes are vertical stripes of a grey value each."""
    labels = np.tile(np.arange(width, dtype=np.uint8) // 6, (height, 1))
    for number, split in enumerate(('train', 'val', 'test')):
        for kind in ('images', 'annotations'):
            (root / kind / split).mkdir(parents=True)
        for index in range(frames):
            # No frame of a split has the pixels of one of another.
            grey = np.roll(labels, index, axis=1)[..., None] * 20 + number
            image = np.repeat(grey, 3, axis=2)
            cv2.imwrite(str(root / 'images' / split / f'{index}.png'), image)
            cv2.imwrite(
                str(root / 'annotations' / split / f'{index}.png'), np.roll(labels, index, axis=1)
            )
