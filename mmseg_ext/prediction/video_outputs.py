"""The outputs of a video: videos of what is drawn, folders of what is written by frame."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from mmseg_ext.common.errors import DataError, DiskError
from mmseg_ext.prediction.inputs import Source
from mmseg_ext.prediction.outputs import DRAWN, PROBABILITIES, Outputs
from mmseg_ext.prediction.prediction import Prediction
from mmseg_ext.prediction.video import VideoWriter, written_video
from mmseg_ext.prediction.writers import Writer


class VideoOutputs:
    """Takes the predictions of a video's frames; its outputs appear when all are written.

    Args:
        outputs: Where they go.
        source: The video.
        fps: Frames a second.
        writer: Writes single frames.

    Attributes:
        shares: The shares of the classes in each frame.

    Raises:
        DataError: The video does not say how many frames a second it has.
    """

    def __init__(self, outputs: Outputs, source: Source, fps: float, writer: Writer) -> None:
        if not fps > 0:
            raise DataError(f'{source.path}: it does not say how many frames a second it has')
        self.shares: list[np.ndarray] = []
        self._writer = writer
        self._fps = fps
        self._paths = dict(outputs.paths(source))
        self._videos: dict[str, VideoWriter] = {}
        self._stack = ExitStack()

    def __enter__(self) -> 'VideoOutputs':
        """Begin all outputs under temporary names."""
        with ExitStack() as begun:
            for kind, path in self._paths.items():
                if kind in DRAWN:
                    self._videos[kind] = begun.enter_context(written_video(path, self._fps))
                else:
                    _make_anew(_temporary(path))
                    begun.callback(shutil.rmtree, _temporary(path), ignore_errors=True)
            self._stack = begun.pop_all()
        return self

    def add(self, prediction: Prediction) -> None:
        """Write a frame.

        Raises:
            DiskError: It cannot be written.
        """
        for kind, path in self._paths.items():
            if kind in self._videos:
                self._videos[kind].write(self._writer.draw(kind, prediction))
            else:
                suffix = 'npz' if kind == PROBABILITIES else 'png'
                file = _temporary(path) / f'{len(self.shares):06d}.{suffix}'
                self._writer.write(kind, prediction, file)
        self.shares.append(prediction.shares)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the outputs their names, or remove them where something went wrong."""
        if error is None:
            for name, path in self._paths.items():
                if name not in self._videos:
                    if path.is_dir():
                        shutil.rmtree(path)
                    os.replace(_temporary(path), path)
        self._stack.__exit__(kind, error, traceback)


def _temporary(folder: Path) -> Path:
    return folder.with_name(f'.{folder.name}.tmp')


def _make_anew(folder: Path) -> None:
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise DiskError(f'{folder}: cannot be made ({error.strerror or error})') from error
