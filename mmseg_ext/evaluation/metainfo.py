"""What the metainfo of a data set says of its classes, checked."""

from collections.abc import Mapping
from typing import Any

from mmseg_ext.common.class_names import check_shares
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.drives import METAINFO_KEY, compile_pattern


def check_metainfo(metainfo: Mapping[str, Any]) -> None:
    """Check what an evaluation takes of a metainfo: classes, palette, shares, pattern of drives.

    Raises:
        ConfigError: Two classes have one name, the palette is not one colour a class, the
            ``train_shares`` are not those of the classes, or the ``drive_pattern`` is no regular
            expression with a group.
    """
    if metainfo.get('classes'):
        _check_classes(metainfo)
    if metainfo.get(METAINFO_KEY) is not None:
        compile_pattern(metainfo[METAINFO_KEY], METAINFO_KEY)


def palette_of(metainfo: Mapping[str, Any]) -> tuple[tuple[int, ...], ...] | None:
    """Return the RGB colours of the classes as plain integers, which JSON can hold, or None."""
    palette = metainfo.get('palette')
    return None if palette is None else tuple(tuple(map(int, c)) for c in palette) or None


def _check_classes(metainfo: Mapping[str, Any]) -> None:
    classes, palette = metainfo['classes'], palette_of(metainfo)
    for name in classes:
        if list(classes).count(name) > 1:
            raise ConfigError(
                f'metainfo.classes: {name!r} is there twice; scores are named by class, so '
                'give each a name of its own'
            )
    if palette and len(palette) != len(classes):
        raise ConfigError(
            f'metainfo.palette has {len(palette)} colours for {len(classes)} classes; give '
            'one a class'
        )
    for colour in palette or ():
        if len(colour) != 3 or not all(0 <= value <= 255 for value in colour):
            raise ConfigError(
                f'metainfo.palette: {colour} is no colour; give three numbers from 0 to 255'
            )
    if metainfo.get('train_shares'):
        check_shares(metainfo['train_shares'], classes)
