"""Videos, read and written by OpenCV: the first one picture by picture, the other whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import DataError, DiskError
from mmseg_ext.data.reading.readers import read_checked

_CODEC = 'mp4v'


class Video:
    """A video of which the frames are read one after the other.

    Args:
        path: The file. It is turned as its metadata say, which is OpenCV's default.

    Attributes:
        path: The file.
        fps: Frames a second.
        promised: Number of frames that its header promises, 0 where it does not say.

    Raises:
        DataError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _check_name(path)
        with _opened(path) as capture:
            self.fps: float = capture.get(cv2.CAP_PROP_FPS)
            self.promised = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def frames(self) -> Iterator[np.ndarray]:
        """Yield the frames, uint8 (H, W, 3), BGR.

        Raises:
            DataError: There is none, or the video ends before its promised end.
        """
        number = 0
        with _opened(self.path) as capture:
            while True:
                read, frame = capture.read()
                if not read:
                    break
                number += 1
                yield frame
        # Headers of some containers give an estimate; a frame in a hundred is let pass.
        if not number or number < 0.99 * self.promised - 1:
            raise DataError(
                f'{self.path}: the video ends, or is damaged, after {number} of '
                f'{self.promised or "its"} frames; fetch it again'
            )


class VideoWriter:
    """Writes the frames of a video, MPEG-4 in an MP4.

    The codec takes even widths and heights: an odd one gets its last column or row twice.

    Args:
        path: The file, which is not yet there.
        fps: Frames a second.

    Attributes:
        frames: How many were written.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None
        self.frames = 0

    def write(self, image: np.ndarray) -> None:
        """Add a frame, uint8 (H, W, 3), BGR; all are of one size.

        Raises:
            DiskError: The file cannot be written.
        """
        height, width = image.shape[:2]
        image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode='edge')
        if self._writer is None:
            code = cv2.VideoWriter.fourcc(*_CODEC)
            size = (image.shape[1], image.shape[0])
            self._writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, code, self._fps, size)
            if not self._writer.isOpened():
                raise DiskError(
                    f'{self._path}: OpenCV cannot write a video there; is there room on the disk?'
                )
        self._writer.write(image)
        self.frames += 1

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.release()


@contextmanager
def written_video(path: Path, fps: float) -> Iterator[VideoWriter]:
    """Give a writer of a video that appears whole or not at all.

    Raises:
        DataError: OpenCV cannot take the name of the file.
        DiskError: It cannot be written.
    """
    _check_name(path)
    with atomic_path(path) as temporary:
        writer = VideoWriter(temporary, fps)
        try:
            yield writer
        finally:
            writer.close()
        # OpenCV does not notice that the disk was full.
        if _frames_in(temporary) != writer.frames:
            raise DiskError(f'{path}: cannot be written whole; is there room on the disk?')


def _frames_in(path: Path) -> int:
    """Return how many frames a video promises, 0 where it is none."""
    try:
        return Video(path).promised
    except DataError:
        return 0


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    """Open a video, and close it.

    Raises:
        DataError: It is missing, empty, or OpenCV cannot read it.
    """
    if not os.path.isfile(path) or not os.path.getsize(path):
        read_checked(path)
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise DataError(f'{path}: OpenCV cannot read this video; convert it to MP4')
        yield capture
    finally:
        capture.release()


def _check_name(path: Path) -> None:
    """Check that OpenCV can take the name of a file.

    Raises:
        DataError: It is no UTF-8, at which OpenCV ends the process.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise DataError(f'{path}: a video whose name is no UTF-8 is not read; rename it') from None
