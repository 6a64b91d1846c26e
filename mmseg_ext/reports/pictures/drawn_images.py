"""Draws what is predicted on the images that a report shows."""

import cv2
import numpy as np

from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.pictures.panels import check_ignored, draw_classes
from mmseg_ext.reports.pictures.picture import Picture

_MAX_WIDTH = 512
_WRONG = (20, 120, 245)
# The photo below the errors in few greys: a PNG of a third of the size.
_GREY_STEP = 8
_QUALITY = {'.jpg': [cv2.IMWRITE_JPEG_QUALITY, 82], '.png': [cv2.IMWRITE_PNG_COMPRESSION, 9]}


def draw_pictures(
    evaluation: Evaluation, pred: np.ndarray, label: np.ndarray, image: np.ndarray | None = None
) -> list[Picture]:
    """Draw an image as input, truth, prediction and error.

    Args:
        evaluation: Whose classes and colours they are.
        pred: Predicted class ids, shape (H, W).
        label: True class ids, likewise.
        image: uint8, BGR, of any size; None where there is none: the error is drawn on the truth.
    """
    palette, ignored = palette_of(evaluation), label == evaluation.ignore_index
    truth = check_ignored(draw_classes(np.where(ignored, 0, label), palette), ignored)
    pictures = []
    if image is None:
        image = truth
    else:
        height, width = label.shape
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        pictures.append(_encode('input', image, '.jpg'))
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    grey = (grey // 2 + 60) // _GREY_STEP * _GREY_STEP
    wrong = ((pred != label) & ~ignored)[..., None]
    error = check_ignored(np.where(wrong, np.array(_WRONG, np.uint8), grey), ignored)
    return [
        *pictures,
        _encode('truth', truth, '.png'),
        _encode('prediction', draw_classes(pred, palette), '.png'),
        _encode('error', error, '.png'),
    ]


def _encode(title: str, image: np.ndarray, suffix: str) -> Picture:
    height, width = image.shape[:2]
    if width > _MAX_WIDTH:
        # Class colours must not be mixed at the seams.
        method = cv2.INTER_AREA if suffix == '.jpg' else cv2.INTER_NEAREST
        size = (_MAX_WIDTH, max(1, round(height * _MAX_WIDTH / width)))
        image = cv2.resize(image, size, interpolation=method)
    _, data = cv2.imencode(suffix, image, _QUALITY[suffix])
    return Picture(title, 'image/jpeg' if suffix == '.jpg' else 'image/png', data.tobytes())


def palette_of(evaluation: Evaluation) -> np.ndarray:
    """Return the colours of the classes, uint8 (C, 3) RGB, spread over the hues where unnamed."""
    if evaluation.palette:
        return np.array(evaluation.palette, np.uint8)
    hues = np.linspace(0, 180, len(evaluation.classes), endpoint=False).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 170), np.full_like(hues, 220)], axis=-1)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]
