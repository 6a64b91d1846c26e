"""The page that shows all predictions of a folder at a glance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import DiskError
from mmseg_ext.common.printable import printable
from mmseg_ext.data.reading.readers import read_image
from mmseg_ext.prediction.inputs import Source
from mmseg_ext.prediction.outputs import Outputs
from mmseg_ext.prediction.video import Video
from mmseg_ext.reports.page.html import render
from mmseg_ext.reports.pictures.picture import Picture

PAGE = 'index.html'
LISTED = 20
"""Of that many classes at most, a line names every colour. Our decision."""
_WIDTH = 320


def legend_line(names: Sequence[str], palette: np.ndarray, page: bool) -> str:
    """Name the colours of pictures in a line.

    Args:
        names: Of the classes.
        palette: Their colours, uint8 (C, 3), RGB.
        page: Whether there is a page, which has a legend.

    Returns:
        Each class with its colour, as `#rrggbb`; of many classes, where a legend is.
    """
    if len(names) <= LISTED:
        pairs = zip(names, palette.tolist(), strict=True)
        colours = (f'{printable(name)} #{bytes(colour).hex()}' for name, colour in pairs)
        return f'colours: {", ".join(colours)}'
    return f'colours of {len(names)} classes: legend in {PAGE}{"" if page else ", by --html"}'


def write_contact_sheet(
    title: str,
    outputs: Outputs,
    sources: Sequence[Source],
    names: Sequence[str],
    palette: np.ndarray,
    facts: Mapping[str, Any],
) -> None:
    """Write a page with a small picture of each input, which links to the whole one.

    Args:
        title: Of the page.
        outputs: Where the pictures are.
        sources: The inputs; those without a picture are listed.
        names: Of the classes.
        palette: Their colours, uint8 (C, 3), RGB.
        facts: How the predictions were made.

    Raises:
        DataError: A picture that is there cannot be read.
        DiskError: The page cannot be written.
    """
    shown, lacking = [], []
    for source in sources:
        path = outputs.drawn(source)
        if path is None or not path.exists():
            lacking.append(source.name.as_posix())
            continue
        link = quote(path.relative_to(outputs.out).as_posix(), errors='surrogateescape')
        shown.append(
            {'name': source.name.as_posix(), 'link': link, 'picture': _small(path, source)}
        )
    page = render(
        'contact_sheet.html.j2',
        title=title,
        shown=shown,
        lacking=lacking,
        classes=list(zip(names, palette.tolist(), strict=True)),
        facts=list(facts.items()),
    )
    path = outputs.out / PAGE
    try:
        with atomic_path(path) as temporary:
            temporary.write_text(page, encoding='utf-8')
    except OSError as error:
        raise DiskError(f'{path}: cannot be written ({error.strerror or error})') from error


def _small(path: Path, source: Source) -> Picture:
    image = next(Video(path).frames()) if source.is_video else read_image(path)
    height, width = image.shape[:2]
    if width > _WIDTH:
        size = (_WIDTH, max(1, round(height * _WIDTH / width)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return Picture(source.name.as_posix(), 'image/jpeg', cv2.imencode('.jpg', image)[1].tobytes())
