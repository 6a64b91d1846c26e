"""Which images are of one drive, by a pattern that is searched in their names."""

import re
from collections.abc import Sequence

from mmseg_ext.common.errors import ConfigError

METAINFO_KEY = 'drive_pattern'


def compile_pattern(pattern: object, where: str) -> re.Pattern[str]:
    """Compile a pattern whose groups name the drive.

    Args:
        pattern: The regular expression.
        where: Where it was given, for the message.

    Raises:
        ConfigError: If it is no regular expression or has no group.
    """
    if not isinstance(pattern, str):
        raise ConfigError(f'{where}={pattern!r}: give a regular expression as a string')
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(f'{where} {pattern!r}: not a regular expression ({error})') from None
    if not compiled.groups:
        raise ConfigError(
            f'{where} {pattern!r}: has no group; put what names the drive into brackets, as in '
            "'([^_]+)_'"
        )
    return compiled


def drives_of(
    images: Sequence[str], pattern: object, where: str = METAINFO_KEY
) -> list[tuple[str, ...]]:
    """Name the drive of every image.

    Args:
        images: Names of the images, with forward slashes.
        pattern: Regular expression that is searched in each name. What its groups match is the
            name of the drive.
        where: Where the pattern was given, for the message.

    Returns:
        For each image the texts of the groups.

    Raises:
        ConfigError: If it is no regular expression, has no group, or names no drive of an image.
    """
    compiled = compile_pattern(pattern, where)
    found = [compiled.search(image) for image in images]
    drives = [match.groups(default='') if match else () for match in found]
    unnamed = [image for image, drive in zip(images, drives, strict=True) if not any(drive)]
    if len(unnamed) == len(images):
        raise ConfigError(
            f'{where} {pattern!r} names the drive of none of the {len(images)} images, such as '
            f'{unnamed[0]!r}'
        )
    if unnamed:
        raise ConfigError(
            f'{where} {pattern!r} names the drive of {len(images) - len(unnamed)} of '
            f'{len(images)} images, but not of {unnamed[0]!r}'
        )
    return drives
