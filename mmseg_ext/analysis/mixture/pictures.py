"""Draws a mixture: the responsibilities of its components, and where their means lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from mmseg_ext.common.printable import figure_text
from mmseg_ext.reports.pictures.panels import Panel, arrange, draw_classes

_COLUMNS = 4
_NO_CLASS = -1


@dataclass(frozen=True)
class MixtureView:
    """What is drawn of one image.

    Attributes:
        image: BGR, uint8, (H, W, 3).
        labels: True class ids, (H, W), where they are known.
        prediction: Predicted class ids, (H, W).
        responsibilities: float32, (K, h, w), on a grid over the image.
        means: float32, (K, d).
        covers: Share of each class in what each component answers for, (K, C), in the
            labels where they are known, else in the prediction.
    """

    image: np.ndarray
    labels: np.ndarray | None
    prediction: np.ndarray
    responsibilities: np.ndarray
    means: np.ndarray
    covers: np.ndarray


def draw_mixture(view: MixtureView, classes: Sequence[str], palette: np.ndarray) -> np.ndarray:
    """Draw image, labels, prediction and the responsibilities, the most used component first.

    Args:
        view: What to draw.
        classes: The C class names.
        palette: Their colours, uint8 (C, 3), RGB.

    Returns:
        uint8 (H, W, 3), BGR. Each component's title is its number, its share of the image and the
        class that it mostly covers, if it covers any labelled pixel.
    """
    panels = [Panel('image', view.image)]
    if view.labels is not None:
        panels.append(Panel('labels', draw_classes(view.labels, palette)))
    panels.append(Panel('prediction', draw_classes(view.prediction, palette)))
    rows: list[list[Panel | None]] = [list(panels)]
    usage, covered = view.responsibilities.mean((1, 2)), _mostly_covered(view.covers)
    components = []
    for k in np.argsort(-usage):
        name = '' if covered[k] == _NO_CLASS else f' {classes[covered[k]]}'
        title = f'{k}: {100 * usage[k]:.0f}%{name}'
        components.append(Panel(title, _heat(view.responsibilities[k], view.image.shape[:2])))
    rows += [list(components[i : i + _COLUMNS]) for i in range(0, len(components), _COLUMNS)]
    maps = [view.prediction] + ([] if view.labels is None else [view.labels])
    present = sorted({int(i) for ids in maps for i in np.unique(ids) if i < len(classes)})
    return arrange(rows, [(classes[i], palette[i].tolist()) for i in present])


def draw_means(
    views: Sequence[MixtureView], classes: Sequence[str], palette: np.ndarray, file: str | Path
) -> None:
    """Plot the means of all images in their two principal directions, as PNG.

    The colour is that of the class that a component mostly covers, white where it covers no
    labelled pixel, the area its share of the image, the number its own.

    Args:
        views: The images.
        classes: The C class names.
        palette: Their colours, uint8 (C, 3), RGB.
        file: Where to write.
    """
    places, explained = project(np.concatenate([view.means for view in views]))
    usage = np.concatenate([view.responsibilities.mean((1, 2)) for view in views])
    covered = np.concatenate([_mostly_covered(view.covers) for view in views])
    numbers = np.concatenate([np.arange(len(view.means)) for view in views])
    figure = Figure(figsize=(7, 6), layout='constrained')
    axes = figure.subplots()
    for c in np.unique(covered):
        of_class = covered == c
        axes.scatter(
            places[of_class, 0],
            places[of_class, 1],
            s=20 + 600 * usage[of_class],
            color='white' if c == _NO_CLASS else palette[c] / 255,
            label='nothing labelled' if c == _NO_CLASS else figure_text(classes[c]),
            edgecolors='black',
            linewidths=0.6,
            alpha=0.85,
        )
    for place, number in zip(places, numbers, strict=True):
        axes.annotate(str(number), place, fontsize=7, ha='center', va='center')
    axes.set_xlabel(f'first principal direction ({100 * explained[0]:.0f} % of the variance)')
    axes.set_ylabel(f'second ({100 * explained[1]:.0f} %)')
    axes.set_title(f'Means of the components in {len(views)} image{"s" if len(views) > 1 else ""}')
    axes.legend(title='mostly covers', fontsize=8)
    figure.savefig(file, dpi=120)


def project(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project points on their two principal directions.

    Args:
        means: (N, d).

    Returns:
        The places, (N, 2), and the share of the variance that each direction has, (2,). Directions
        that N points or d dimensions do not have are 0.
    """
    centred = means - means.mean(0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    places, variances = np.zeros((len(means), 2)), np.zeros(2)
    rank = min(2, len(singular))
    places[:, :rank] = left[:, :rank] * singular[:rank]
    variances[:rank] = singular[:rank] ** 2
    return places, variances / max(float((singular**2).sum()), np.finfo(float).tiny)


def _mostly_covered(covers: np.ndarray) -> np.ndarray:
    return np.where(covers.any(1), covers.argmax(1), _NO_CLASS)


def _heat(share: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    large = cv2.resize(share, size[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.applyColorMap((255 * large.clip(0, 1)).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
