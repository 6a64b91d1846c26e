"""Videos are read to their end and written whole."""

import re

import cv2
import numpy as np
import pytest

from mmseg_ext.common.errors import DataError, DiskError
from mmseg_ext.prediction.video import Video, written_video


def grey_steps(number, size=(48, 64)):
    return [np.full((*size, 3), 8 * step, np.uint8) for step in range(number)]


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / 'sub' / 'steps.mp4'
    with written_video(path, 12.5) as writer:
        for frame in grey_steps(25):
            writer.write(frame)
    video = Video(path)
    assert (video.fps, video.promised) == (12.5, 25)
    for frame, expected in zip(video.frames(), grey_steps(25), strict=True):
        # The codec is lossy.
        np.testing.assert_allclose(frame, expected, atol=6)
    assert [each.name for each in path.parent.iterdir()] == ['steps.mp4']


def test_an_odd_size_gets_its_last_column_and_row_twice(tmp_path):
    path = tmp_path / 'odd.mp4'
    with written_video(path, 10) as writer:
        writer.write(grey_steps(1, (47, 63))[0] + np.uint8(100))
    (frame,) = Video(path).frames()
    assert frame.shape == (48, 64, 3)
    np.testing.assert_allclose(frame, 100, atol=6)


def test_what_was_interrupted_is_not_there(tmp_path):
    with pytest.raises(KeyboardInterrupt), written_video(tmp_path / 'a.mp4', 10) as writer:
        writer.write(grey_steps(1)[0])
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_damaged_video_is_told(tmp_path):
    path = tmp_path / 'steps.avi'
    code = cv2.VideoWriter.fourcc(*'FFV1')
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 10, (64, 48))
    for frame in grey_steps(30):
        writer.write(frame + np.random.default_rng(0).integers(0, 9, frame.shape, np.uint8))
    writer.release()
    assert len(list(Video(path).frames())) == 30
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r'ends, or is damaged, after 1\d of 30 frames'):
        list(Video(path).frames())


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('none.mp4', None, 'cannot be read (No such file or directory)'),
        ('empty.mp4', b'', 'the file is empty (0 bytes)'),
        ('text.mp4', b'no video', 'OpenCV cannot read this video'),
        ('\udcff.mp4', b'no UTF-8', 'whose name is no UTF-8 is not read'),
    ],
)
def test_what_is_no_video(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        Video(path)


def test_a_full_disk(small_disk):
    rng = np.random.default_rng(0)
    with pytest.raises(DiskError), written_video(small_disk / 'a.mp4', 10) as writer:
        for _ in range(100):
            writer.write(rng.integers(0, 256, (480, 640, 3), np.uint8))
    assert not list(small_disk.iterdir())
