"""What the camera adds to a drawing: surface texture, light and sensor noise."""

import cv2
import numpy as np

from mmseg_ext.data.toy.classes import ROUGHNESS

BRIGHTNESS = (0.7, 1.12)
CAST = 0.07  # largest deviation of a colour channel from neutral light
NOISE = (1.5, 4.0)  # standard deviation of the sensor noise, grey levels
# Of three octaves of unit deviation, as a table of all 8-bit classes.
_ROUGHNESS = np.zeros(256, np.float32)
_ROUGHNESS[: len(ROUGHNESS)] = np.array(ROUGHNESS) / np.sqrt(3)


def smooth_noise(rng: np.random.Generator, height: int, width: int, cells: int) -> np.ndarray:
    """Return a smooth random field (height, width) float32 of mean 0 and deviation about 1.

    Args:
        rng: The generator.
        height: Rows.
        width: Columns.
        cells: Random values along the height; the rest is interpolated.
    """
    grid = rng.standard_normal((cells + 1, cells * width // height + 2)).astype(np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * np.float32(1.3)


def photograph(image: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the picture that a camera would take of a flat drawing.

    Args:
        image: RGB drawing (H, W, 3) uint8.
        labels: Its classes (H, W) uint8, which set the texture.
        rng: The generator of the frame.

    Returns:
        RGB picture (H, W, 3) uint8.
    """
    height, width = labels.shape
    relief = sum(smooth_noise(rng, height, width, cells) for cells in (12, 40, 96))
    relief *= cv2.LUT(labels, _ROUGHNESS)
    relief += 1
    slope = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(rng.uniform(-0.15, 0.15))
    relief *= np.float32(rng.uniform(*BRIGHTNESS)) + slope
    cast = rng.uniform(1 - CAST, 1 + CAST, 3).astype(np.float32)
    deviation = np.float32(rng.uniform(*NOISE))
    picture = image * cast
    picture *= relief[..., None]
    picture += rng.standard_normal(image.shape, np.float32) * deviation
    return cv2.convertScaleAbs(np.maximum(picture, 0, out=picture))
