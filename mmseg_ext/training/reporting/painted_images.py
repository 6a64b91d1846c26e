"""Painted images of a test, whatever their files and classes are called.

OpenCV ends the process at a file name or a text that is no UTF-8.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.runner import Runner
from mmengine.visualization import LocalVisBackend
from mmseg.registry import VISBACKENDS

from mmseg_ext.common.atomic import write_image
from mmseg_ext.common.printable import printable


@VISBACKENDS.register_module()
class PaintedImageBackend(LocalVisBackend):
    """mmengine's backend, which also notices that an image cannot be written."""

    def add_image(self, name: str, image: np.ndarray, step: int = 0, **kwargs: Any) -> None:
        """Write an image of `show-dir`.

        Args:
            name: What its file is called, with the step.
            image: RGB, uint8, (H, W, 3).
            step: A number after the name.
            **kwargs: Not used.

        Raises:
            DataError: It cannot be written.
        """
        file = Path(self._img_save_dir) / f'{name}_{step}.png'
        write_image(file, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))


def paint_printable_names(runner: Runner) -> None:
    """Let the visualizer paint the names of classes as they may be shown.

    Args:
        runner: Its loop is built, which gives the visualizer the names.
    """
    meta = runner.visualizer.dataset_meta or {}
    classes = [printable(name) for name in meta.get('classes') or ()]
    runner.visualizer.dataset_meta = {**meta, 'classes': classes}
