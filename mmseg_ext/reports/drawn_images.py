"""Chooses the images that a report shows, and draws what is predicted on them."""

import cv2
import numpy as np

from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.panels import check_ignored, draw_classes
from mmseg_ext.reports.pictures import Picture

WORST, BEST = 3, 3
_MAX_WIDTH = 512
_WRONG = (20, 120, 245)


def chosen_images(evaluation: Evaluation) -> list[tuple[int, bool]]:
    """Return the place of each image to show, and whether as one of the worst.

    Returns:
        The worst by their mean IoU, the worst first, and then the best, the best first; no image
        twice, and none without labels.
    """
    scores = evaluation.image_scores.mean_iou
    order = [int(index) for index in np.argsort(scores, kind='stable') if scores[index] >= 0]
    worst = order[: min(WORST, (len(order) + 1) // 2)]
    best = order[len(worst) :][::-1][:BEST]
    return [(index, True) for index in worst] + [(index, False) for index in best]


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
    palette, ignored = _palette(evaluation), label == evaluation.ignore_index
    truth = check_ignored(draw_classes(np.where(ignored, 0, label), palette), ignored)
    pictures = []
    if image is None:
        image = truth
    else:
        height, width = label.shape
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        pictures.append(_encode('input', image, '.jpg'))
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    wrong = ((pred != label) & ~ignored)[..., None]
    error = check_ignored(np.where(wrong, np.array(_WRONG, np.uint8), grey // 2 + 60), ignored)
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
    _, data = cv2.imencode(suffix, image)
    return Picture(title, 'image/jpeg' if suffix == '.jpg' else 'image/png', data.tobytes())


def _palette(evaluation: Evaluation) -> np.ndarray:
    """Return the colours of the classes, uint8 (C, 3) RGB, spread over the hues where unnamed."""
    if evaluation.palette:
        return np.array(evaluation.palette, np.uint8)
    hues = np.linspace(0, 180, len(evaluation.classes), endpoint=False).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 170), np.full_like(hues, 220)], axis=-1)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]
