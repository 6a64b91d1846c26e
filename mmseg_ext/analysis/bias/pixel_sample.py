"""A sample of labelled pixels, of every class alike many."""

import numpy as np

PIXELS = 24_000


class PixelSample:
    """Draws pixels image by image, each class up to its part of an image's part.

    Rare classes are in fewer images and so get fewer pixels, but more than their share of them. The
    draw depends on the labels alone: two models on the same images have the same pixels.

    Args:
        num_classes: C.
        num_images: How many images there will be.
    """

    def __init__(self, num_classes: int, num_images: int):
        self._classes = num_classes
        self._quota = -(-PIXELS // (num_classes * max(num_images, 1)))
        self._rng = np.random.default_rng(0)

    def draw(self, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Draw the pixels of one image.

        Args:
            label: Class ids, (H, W); ids of C or more are not drawn.

        Returns:
            tuple[np.ndarray, np.ndarray]: Their places in the flattened image, in random order, and
            their classes, both int64, (n,).
        """
        label = label.ravel()
        places = [
            self._rng.permutation(np.flatnonzero(label == index))[: self._quota]
            for index in range(self._classes)
        ]
        chosen = self._rng.permutation(np.concatenate(places))
        return chosen, label[chosen].astype(np.int64)
