"""The pictures of a report: an image as input, truth, prediction and error."""

import base64
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Picture:
    """An encoded picture.

    Attributes:
        title: What it shows.
        media_type: 'image/png' or 'image/jpeg'.
        data: The encoded file.
    """

    title: str
    media_type: str
    data: bytes

    @property
    def uri(self) -> str:
        """The picture as a data URI, so that it is part of the page."""
        return f'data:{self.media_type};base64,{base64.b64encode(self.data).decode("ascii")}'


class Reason(NamedTuple):
    """Why a report shows an image.

    Attributes:
        kind: 'worst of class', 'worst', 'best', or 'most of class', which the labels alone decide.
        class_id: Of which class, None where of all.
    """

    kind: str
    class_id: int | None = None


@dataclass(frozen=True)
class ReportImage:
    """One image of the data set in a report.

    Attributes:
        index: Its place in the evaluation.
        reasons: Why it is shown, at least one.
        pictures: Input, truth, prediction, error.
    """

    index: int
    reasons: tuple[Reason, ...]
    pictures: list[Picture]
