"""What a bootstrap draws: images, drives, or blocks of consecutive frames within drives.

Frames of one drive show the same street, weather and objects. Drawn one by one as if they were
independent, they make every interval too narrow and every p-value too small. So whole drives are
drawn where there are many, or else blocks that are long enough for their frames' likeness to fade
within them. Either are the units of every interval and every test.

Source: Davison & Hinkley, Bootstrap Methods and their Application, 1997, sections 3.8 and 8.2.3
(blocks that do not overlap); the numbers, and that blocks of all drives are drawn together, are
our decision. With few drives nothing tells how much another one would differ: the intervals are
about more of such drives.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.drives import METAINFO_KEY, compile_pattern, drives_of
from mmseg_ext.evaluation.intervals import RESAMPLES, draw_images

ENOUGH_DRIVES = 8


@dataclass(frozen=True)
class Units:
    """The units that a bootstrap over images draws.

    Attributes:
        of_image: Unit of each image, int64, shape (N,), from 0 without a gap.
        kind: 'images', 'drives' or 'blocks'.
        drives: Number of drives; 0 where they are not known.
        note: Why drives that a pattern should name are not known, or empty.
    """

    of_image: np.ndarray
    kind: str = 'images'
    drives: int = 0
    note: str = ''

    @property
    def count(self) -> int:
        """Number of units U."""
        return int(self.of_image.max()) + 1

    def draw(self, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
        """Draw as many units as there are, with replacement, again and again.

        Returns:
            How often each image was drawn, that is its unit, int64, shape (R, N).
        """
        return draw_images(self.count, resamples, seed)[:, self.of_image]

    def sum(self, counts: np.ndarray) -> np.ndarray:
        """Sum counts of images, (N, ...), within each unit, (U, ...)."""
        sums = np.zeros((self.count, *counts.shape[1:]), counts.dtype)
        np.add.at(sums, self.of_image, counts)
        return sums

    @property
    def described(self) -> str:
        """What the units are and how many, as after "over"."""
        sizes = np.bincount(self.of_image)
        least, most = sizes.min(), sizes.max()
        each = str(most) if least == most else f'{least} to {most}'
        if self.kind == 'drives':
            return f'{self.count} drives of {each} images'
        if self.kind == 'blocks':
            frames = 'frame' if each == '1' else 'consecutive frames'
            within = '1 drive' if self.drives == 1 else f'{self.drives} drives'
            return f'{self.count} blocks of {each} {frames} within {within}'
        return f'{self.count} images' + (f' one by one, since {self.note}' if self.note else '')


def units_of(images: Sequence[str], pattern: str | None) -> Units:
    """Find the units of a data set's images.

    Args:
        images: Their names.
        pattern: The data set's pattern of drives, or None: then images are independent.

    Returns:
        Images one by one also where the pattern does not fit all names, as those of a data set
        whose files were renamed; the units say so.

    Raises:
        ConfigError: If the pattern is no regular expression or has no group.
    """
    if pattern is not None:
        compile_pattern(pattern, METAINFO_KEY)
        try:
            return clustered(images, drives_of(images, pattern))
        except ConfigError as error:
            return Units(np.arange(len(images)), note=str(error))
    return Units(np.arange(len(images)))


def clustered(images: Sequence[str], drives: Sequence[tuple[str, ...]]) -> Units:
    """Take drives as units where there are many, or else blocks of consecutive frames in them.

    Args:
        images: Names of the images; frames of a drive are consecutive in the order of these, in
            which numbers count as numbers.
        drives: Drive of each image.

    Returns:
        Drives, where there are at least 8. Else blocks: a drive of n frames is cut into about √n of
        √n frames each, as even as can be.
    """
    members: dict[tuple[str, ...], list[int]] = {drive: [] for drive in sorted(set(drives))}
    for image, drive in enumerate(drives):
        members[drive].append(image)
    of_image = np.empty(len(images), np.int64)
    if len(members) == len(images):
        return Units(np.arange(len(images)), drives=len(members))
    if len(members) >= ENOUGH_DRIVES:
        for unit, frames in enumerate(members.values()):
            of_image[frames] = unit
        return Units(of_image, 'drives', len(members))
    unit = 0
    for frames in members.values():
        length = round(len(frames) ** 0.5)
        ordered = sorted(frames, key=lambda frame: _in_order(images[frame]))
        for block in np.array_split(ordered, max(1, round(len(frames) / length))):
            of_image[block] = unit
            unit += 1
    return Units(of_image, 'blocks', len(members))


def _in_order(name: str) -> list[tuple[int, str]]:
    """Split a name at its numbers, so that frame 9 comes before frame 10."""
    parts = re.split(r'([0-9]+)', name)
    return [(int(part), '') if part.isdecimal() else (-1, part) for part in parts]
