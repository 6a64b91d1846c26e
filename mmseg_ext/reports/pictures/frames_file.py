"""`frames.json`: the pictures of the images that the labels choose, for comparisons of models."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import DataError
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.pictures.picture import Picture, ReportImage
from mmseg_ext.reports.report_file import FILE_NAME as REPORT_NAME

FRAMES_NAME = 'frames.json'
_FORMAT, _VERSION = 'mmseg_ext frames', 1
_MEDIA_TYPES = ('image/png', 'image/jpeg')


class Frame(NamedTuple):
    """The pictures of an image under one model.

    Attributes:
        image: Its name in the report.
        chosen_for: The classes of which no image shows more.
        pictures: Input, where there is one, truth, prediction, error.
    """

    image: str
    chosen_for: tuple[str, ...]
    pictures: tuple[Picture, ...]


def write_frames(evaluation: Evaluation, images: Sequence[ReportImage], path: Path) -> None:
    """Write the pictures of those images that were chosen for their labels; no file without any."""
    frames = []
    for image in images:
        chosen_for = [
            evaluation.classes[reason.class_id]
            for reason in image.reasons
            if reason.kind == 'most of class' and reason.class_id is not None
        ]
        pictures = [
            {
                'title': picture.title,
                'media_type': picture.media_type,
                'base64': base64.b64encode(picture.data).decode('ascii'),
            }
            for picture in image.pictures
        ]
        if chosen_for:
            name = evaluation.images[image.index]
            frames.append({'image': name, 'chosen_for': chosen_for, 'pictures': pictures})
    if frames:
        content = {'format': _FORMAT, 'version': _VERSION, 'frames': frames}
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(content, indent=1), encoding='utf-8')


def frames_beside(report: Path) -> list[Frame]:
    """Read what :func:`write_frames` wrote beside a report; nothing where there is no such file.

    Args:
        report: A `report.json`; one of another name has none, as several may lie in a folder.

    Raises:
        DataError: The file beside it is none of frames, or broken.
    """
    path = report.with_name(FRAMES_NAME)
    if report.name != REPORT_NAME or not path.is_file():
        return []
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        if content['format'] != _FORMAT or content['version'] != _VERSION:
            raise ValueError(f'not {_FORMAT}, version {_VERSION}')
        return [_frame(frame) for frame in content['frames']]
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise DataError(
            f'{path}: broken pictures ({type(error).__name__}: {error}); delete it, or test again'
        ) from error


def _frame(content: dict[str, Any]) -> Frame:
    name, classes = content['image'], content['chosen_for']
    if not all(isinstance(text, str) for text in (name, *classes)):
        raise ValueError('an image or a class without a name')
    return Frame(name, tuple(classes), tuple(map(_picture, content['pictures'])))


def _picture(content: dict[str, Any]) -> Picture:
    title, media_type = content['title'], content['media_type']
    if not isinstance(title, str) or media_type not in _MEDIA_TYPES:
        raise ValueError(f'a picture of the type {media_type!r}')
    return Picture(title, media_type, base64.b64decode(content['base64'], validate=True))
