"""Writes the prediction of an image or of a frame, each file whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_ext.common.atomic import atomic_path, write_image
from mmseg_ext.common.errors import ConfigError, DataError, DiskError
from mmseg_ext.prediction.outputs import (
    COLOR,
    IDS,
    OVERLAY,
    PALETTE,
    PROBABILITIES,
    SIDE_BY_SIDE,
)
from mmseg_ext.prediction.prediction import Prediction


class Writer:
    """Writes what is saved of predictions.

    Args:
        ids: The id to write for each class, of :func:`~mmseg_ext.prediction.written_ids`.
        palette: The colour of each class, uint8 (C, 3), RGB.
        opacity: Of the classes in an overlay, from 0 to 1.
        kinds: What will be written.

    Raises:
        ConfigError: Ids do not fit in a palette.
    """

    def __init__(
        self, ids: np.ndarray, palette: np.ndarray, opacity: float, kinds: Sequence[str]
    ) -> None:
        if PALETTE in kinds and ids.dtype != np.uint8:
            raise ConfigError(f'--save palette holds ids up to 255, and there is {ids.max()}')
        self._ids = ids
        self._opacity = opacity
        self._colours = np.zeros((256, 3), np.uint8)
        if PALETTE in kinds:
            self._colours[ids] = palette

    def write(self, kind: str, prediction: Prediction, path: Path) -> None:
        """Write a prediction.

        Args:
            kind: 'ids' (grey PNG, 8 bits, or 16 where ids are greater than 255), 'palette' (ids in
                a PNG with palette), a picture, or 'probabilities' (compressed `.npz` with
                `probabilities`, float16, (C, H, W)).
            prediction: The prediction.
            path: Where to.

        Raises:
            DiskError: The file cannot be written.
        """
        try:
            if kind == IDS:
                write_image(path, self._ids[prediction.classes])
            elif kind in (COLOR, OVERLAY, SIDE_BY_SIDE):
                write_image(path, self.draw(kind, prediction))
            else:
                with atomic_path(path) as temporary:
                    self._save(kind, prediction, temporary)
        except DataError as error:
            # Not to be taken for a fault of the input.
            raise DiskError(str(error)) from error
        except OSError as error:
            raise DiskError(f'{path}: cannot be written ({error.strerror or error})') from error

    def draw(self, kind: str, prediction: Prediction) -> np.ndarray:
        """Draw a picture, uint8 (H, W, 3), BGR; side by side it is twice as wide."""
        if kind == SIDE_BY_SIDE:
            return prediction.side_by_side()
        if kind == OVERLAY:
            return prediction.overlay(self._opacity)
        return prediction.colours()

    def _save(self, kind: str, prediction: Prediction, path: Path) -> None:
        if kind == PROBABILITIES:
            np.savez_compressed(path, probabilities=prediction.probabilities.astype(np.float16))
            return
        image = Image.fromarray(self._ids[prediction.classes])
        # Sets the mode, too.
        image.putpalette(self._colours.tobytes())
        image.save(path)
