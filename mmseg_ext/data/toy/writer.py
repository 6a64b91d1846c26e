"""Drawing the whole set into a folder, with every core, so that an interruption costs nothing."""

import os
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from mmseg_ext.common.atomic import remove_temporaries, write_image
from mmseg_ext.common.errors import DataError
from mmseg_ext.common.parallel import run_parallel
from mmseg_ext.data.toy.context import SPLITS, STRENGTH, context_rule
from mmseg_ext.data.toy.frame import draw_frame
from mmseg_ext.data.toy.manifest import differences, read_manifest, write_manifest
from mmseg_ext.data.toy.walkers import EVIDENCE

DRAWING = 1  # to be raised with every change of what is drawn
FRAMES = {'train': 400, 'val': 400, 'shift': 400}
SMALLEST = 32  # rows and columns: less shows nothing
KINDS = ('images', 'annotations', 'instances')
_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


def draw_toy_streets(
    root: str | os.PathLike[str],
    seed: int = 0,
    *,
    frames: dict[str, int] | None = None,
    height: int = 192,
    width: int = 256,
    context_strength: float = STRENGTH,
    evidence: float = EVIDENCE,
    workers: int | None = None,
) -> bool:
    """Draw ToyStreets into ``root``.

    Writes ``images``, ``annotations`` (class ids, 8 bit) and ``instances`` (16 bit, 0 = none),
    each with a folder for every split, and a manifest of the parameters. The set is drawn beside
    ``root`` and moved there when it is complete; a call after an interruption draws what is
    missing. The files depend on the parameters alone, not on ``workers``.

    Args:
        root: The folder to make.
        seed: Seed of everything.
        frames: Number of frames by split.
        height: Rows of a frame.
        width: Columns of a frame.
        context_strength: Probability that a cyclist of ``train`` and ``val`` stands by a car.
        evidence: Opacity of a cyclist's wheels, 0 to 1.
        workers: Processes; all cores where None.

    Returns:
        Whether anything had to be drawn.

    Raises:
        DataError: If ``root`` holds anything but this very set.
        ValueError: For a parameter out of range.
    """
    target, counts = Path(root).absolute(), frames or FRAMES
    for split in counts:
        context_rule(split, context_strength)
    if seed < 0 or not 0 <= evidence <= 1 or min(height, width) < SMALLEST:
        raise ValueError(
            f'seed={seed} must be >= 0, evidence={evidence} in [0, 1], '
            f'height={height} and width={width} >= {SMALLEST}'
        )
    parameters = dict(
        dataset='ToyStreets',
        drawing=DRAWING,
        seed=seed,
        frames=counts,
        height=height,
        width=width,
        context_strength=context_strength,
        evidence=evidence,
    )
    if _is_there(target, parameters):
        return False
    unfinished = target.with_name(f'.{target.name}.unfinished')
    if unfinished.exists() and read_manifest(unfinished) != parameters:
        shutil.rmtree(unfinished)
    for kind in KINDS:
        for split in SPLITS:
            (unfinished / kind / split).mkdir(parents=True, exist_ok=True)
            remove_temporaries(unfinished / kind / split)
    remove_temporaries(unfinished)
    write_manifest(unfinished, parameters)
    draw = partial(
        _draw_file,
        unfinished,
        seed=seed,
        height=height,
        width=width,
        context_strength=context_strength,
        evidence=evidence,
    )
    jobs = [(split, index) for split, count in counts.items() for index in range(count)]
    quiet = not sys.stderr.isatty()
    run_parallel(draw, jobs, 'ToyStreets', workers=workers, quiet=quiet)
    os.rename(unfinished, target)
    return True


def _is_there(root: Path, parameters: dict[str, Any]) -> bool:
    """Say whether ``root`` holds the set already."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return False
    found = read_manifest(root) if root.is_dir() else None
    if found is None:
        raise DataError(f'{root} exists and is no ToyStreets: name another folder or remove it')
    differing = differences(found, parameters)
    if differing:
        raise DataError(
            f'{root} holds ToyStreets with {differing}: name another folder, remove '
            'this one, or ask for the same parameters'
        )
    return True


def _draw_file(root: Path, job: tuple[str, int], **parameters: Any) -> None:
    """Draw one frame and write its three files, unless they are there."""
    split, index = job
    paths = [root / kind / split / f'{index:04d}.png' for kind in KINDS]
    if all(path.exists() for path in paths):
        return
    frame = draw_frame(split=split, index=index, **parameters)
    images = (cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), frame.labels, frame.instances)
    for path, image in zip(paths, images, strict=True):
        write_image(path, image, _PNG)
