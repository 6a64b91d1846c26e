"""Colours for classes that have none of their own, well apart from each other."""

from itertools import product

import cv2
import numpy as np

_LEVELS = 16
_STEP = 255 // (_LEVELS - 1)


def distinct_colours(number: int) -> list[list[int]]:
    """Choose RGB colours, the same for the same place whatever their number.

    Args:
        number: How many, up to 4000.

    Returns:
        That many colours; none is black or white.

    Source: our decision. Each is, of all with channels in steps of 17, the one that is farthest in
    CIE L*a*b* from those before it, and from black, which is drawn where nothing is labelled, and
    white. The first 20 are 40 apart or more; mmseg's random colours of 12 classes come within 10.
    """
    values = np.array(list(product(range(0, 256, _STEP), repeat=3)), np.uint8)
    lab = cv2.cvtColor(values[None].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[0]
    # The first and the last are black and white.
    apart = np.minimum(*(np.linalg.norm(lab - lab[place], axis=1) for place in (0, -1)))
    chosen = []
    for _ in range(number):
        place = int(apart.argmax())
        chosen.append(values[place].tolist())
        apart = np.minimum(apart, np.linalg.norm(lab - lab[place], axis=1))
    return chosen
