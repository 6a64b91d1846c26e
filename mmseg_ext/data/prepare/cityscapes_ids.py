"""Cityscapes' labels in training ids, by the data set's own scripts."""

import importlib.util
from pathlib import Path

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.parallel import run_parallel

_POLYGONS = '_gtFine_polygons.json'
_TRAIN_IDS = '_gtFine_labelTrainIds.png'


def prepare_cityscapes(root: Path) -> tuple[int, int]:
    """Draw ``*_gtFine_labelTrainIds.png`` beside every ``*_gtFine_polygons.json``.

    Files that are there already are skipped, so that an interrupted run can be resumed.

    Args:
        root: Folder with ``gtFine/{split}/{city}``.

    Returns:
        Numbers of files written and skipped.

    Raises:
        ConfigError: If the package cityscapesscripts is not installed.
        DataError: If there are no polygon files or some cannot be drawn; it lists all of these.
    """
    if importlib.util.find_spec('cityscapesscripts') is None:
        raise ConfigError('Cityscapes needs its own scripts: pip install cityscapesscripts')
    sources = sorted((root / 'gtFine').glob(f'*/*/*{_POLYGONS}'))
    if not sources:
        raise DataError(
            f'no *{_POLYGONS} in {root.absolute()}/gtFine/SPLIT/CITY; unpack '
            'gtFine_trainvaltest.zip there (data/README.md, section "Cityscapes")'
        )
    results = run_parallel(_draw, sources, 'cityscapes')
    problems = [result for result in results if isinstance(result, str)]
    if problems:
        raise DataError('\n'.join(problems))
    return sum(result is True for result in results), sum(result is False for result in results)


def _draw(source: Path) -> bool | str:
    """Draw one file; True if written, False if there already, or what is wrong."""
    from cityscapesscripts.preparation.json2labelImg import json2labelImg

    target = source.with_name(source.name.removesuffix(_POLYGONS) + _TRAIN_IDS)
    if target.exists():
        return False
    try:
        with atomic_path(target) as temporary:
            json2labelImg(str(source), str(temporary), 'trainIds')
    except (Exception, SystemExit) as error:  # The scripts exit on a label that they do not know.
        return f'{source}: cannot be drawn ({type(error).__name__}: {error}); unpack it again'
    return True
