"""CamVid as published, 960x720 with 32 colours, to the 11 classes and the split of SegNet.

Colours: label_colors.txt of the CamVid download. Merging and split: Badrinarayanan, Kendall,
Cipolla: SegNet, arXiv:1511.00561, and the files published with it.
"""

import re
from functools import partial
from pathlib import Path

import cv2

from mmseg_ext.common.atomic import write_image
from mmseg_ext.common.errors import DataError
from mmseg_ext.common.parallel import run_parallel
from mmseg_ext.data.labels.camvid import METAINFO, VOID
from mmseg_ext.data.reading.colours import Colour, map_colours
from mmseg_ext.data.reading.pairing import pair_files
from mmseg_ext.data.reading.readers import read_colour_map, read_image

SEGNET_SIZE = (480, 360)

MERGE: dict[str, dict[str, Colour]] = {
    'Sky': {'Sky': (128, 128, 128)},
    'Building': {'Bridge': (0, 128, 64), 'Building': (128, 0, 0), 'Wall': (64, 192, 0),
                 'Tunnel': (64, 0, 64), 'Archway': (192, 0, 128)},
    'Pole': {'Column_Pole': (192, 192, 128), 'TrafficCone': (0, 0, 64)},
    'Road': {'Road': (128, 64, 128), 'LaneMkgsDriv': (128, 0, 192),
             'LaneMkgsNonDriv': (192, 0, 64)},
    'Sidewalk': {'Sidewalk': (0, 0, 192), 'ParkingBlock': (64, 192, 128),
                 'RoadShoulder': (128, 128, 192)},
    'Tree': {'Tree': (128, 128, 0), 'VegetationMisc': (192, 192, 0)},
    'SignSymbol': {'SignSymbol': (192, 128, 128), 'Misc_Text': (128, 128, 64),
                   'TrafficLight': (0, 64, 64)},
    'Fence': {'Fence': (64, 64, 128)},
    'Car': {'Car': (64, 0, 128), 'SUVPickupTruck': (64, 128, 192), 'Truck_Bus': (192, 128, 192),
            'Train': (192, 64, 128), 'OtherMoving': (128, 64, 64)},
    'Pedestrian': {'Pedestrian': (64, 64, 0), 'Child': (192, 128, 64),
                   'CartLuggagePram': (64, 0, 192), 'Animal': (64, 128, 64)},
    'Bicyclist': {'Bicyclist': (0, 128, 192), 'MotorcycleScooter': (192, 0, 192)},
}  # fmt: skip
"""RGB colours of the published classes, by the class that they become."""

_VOID_COLOUR: Colour = (0, 0, 0)
_TABLE: dict[Colour, int] = {
    **{
        colour: METAINFO['classes'].index(name)
        for name, parts in MERGE.items()
        for colour in parts.values()
    },
    _VOID_COLOUR: VOID,
}


def split_of(stem: str) -> str:
    """Return the split in which SegNet has a frame.

    Args:
        stem: The frame's name without suffix, such as ``0016E5_07959``.

    Raises:
        DataError: If it is not the name of a CamVid frame.
    """
    match = re.fullmatch(r'(0001TP|0006R0|0016E5|Seq05VD)_f?(\d+)', stem)
    if match is None:
        raise DataError(
            f'{stem}: not the name of a CamVid frame (such as 0001TP_006690), so its '
            'split is unknown'
        )
    sequence, number = match[1], int(match[2])
    if sequence == 'Seq05VD' or (sequence == '0001TP' and number >= 8550):
        return 'test'
    return 'val' if sequence == '0016E5' and 7959 <= number <= 8159 else 'train'


def prepare_camvid(
    images: Path, labels: Path, root: Path, size: tuple[int, int] | None = SEGNET_SIZE
) -> tuple[int, int]:
    """Write CamVid's ``images/{split}`` and ``annotations/{split}`` from the published files.

    Pairs that are there already are skipped, so that an interrupted run can be resumed.

    Args:
        images: Folder with the frames, also in folders below it.
        labels: Folder with the colour maps, ``FRAME_L.png``, also in folders below it.
        root: Where to write.
        size: (width, height) in pixels of what is written; None keeps the size.

    Returns:
        Numbers of pairs written and skipped.

    Raises:
        DataError: If files lack a partner or cannot be converted; it lists all of them, and the
            good ones are written.
    """
    found = [
        path
        for path in sorted(images.rglob('*'))
        if path.suffix.lower() in ('.png', '.jpg') and not path.stem.endswith('_L')
    ]
    pairs, problems = pair_files(
        found, sorted(labels.rglob('*_L.png')), key=lambda path: path.stem.removesuffix('_L')
    )
    if not found:
        problems.append(f'no frames (*.png) in {images}')
    results = run_parallel(partial(_convert, root=root, size=size), pairs, 'camvid')
    problems += [result for result in results if isinstance(result, str)]
    if problems:
        raise DataError('\n'.join(problems))
    return sum(result is True for result in results), sum(result is False for result in results)


def _convert(pair: tuple[Path, Path], root: Path, size: tuple[int, int] | None) -> bool | str:
    """Convert a pair; True if written, False if there already, or what is wrong."""
    image_path, label_path = pair
    stem = image_path.stem
    try:
        split = split_of(stem)
        image_out = root / 'images' / split / f'{stem}.png'
        label_out = root / 'annotations' / split / f'{stem}.png'
        if image_out.exists() and label_out.exists():
            wanted = size or read_image(image_path).shape[1::-1]
            there = read_image(image_out).shape[1::-1]
            return False if there == wanted else _other_size(image_out, there, wanted, root)
        image = read_image(image_path)
        ids = map_colours(read_colour_map(label_path), _TABLE, label_path)
    except DataError as error:
        return str(error)
    if ids.shape != image.shape[:2]:
        return (
            f'{label_path}: {ids.shape[1]}x{ids.shape[0]} pixels, but {image_path} is '
            f'{image.shape[1]}x{image.shape[0]}'
        )
    if size is not None:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        ids = cv2.resize(ids, size, interpolation=cv2.INTER_NEAREST)
    try:
        write_image(image_out, image)
        write_image(label_out, ids)
    except DataError as error:
        return str(error)
    return True


def _other_size(path: Path, there: tuple[int, ...], wanted: tuple[int, ...], root: Path) -> str:
    return (
        f'{path}: {there[0]}x{there[1]} pixels from an earlier run, where {wanted[0]}x{wanted[1]} '
        f'are wanted; remove {root}, or ask for the same size'
    )
