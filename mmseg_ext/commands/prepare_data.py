"""Make data sets where reading the published files is not enough: toy, camvid, cityscapes.

What each data set needs is in data/README.md.
"""

import argparse
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmseg_ext.commands.parser.arguments import seed


def add_arguments(parser: ArgumentParser) -> None:
    """Add the data sets and their arguments."""
    data = Path(os.environ.get('MMSEG_EXT_DATA', 'data'))
    commands = parser.add_subparsers(dest='data_set', required=True)

    toy = commands.add_parser('toy', help='draw ToyStreets')
    toy.add_argument('--root', type=Path, default=data / 'toy_streets', help='where to write')
    toy.add_argument('--seed', type=seed, default=0, help='seed of everything that is drawn')
    toy.add_argument(
        '--context-strength',
        type=_fraction,
        metavar='P',
        help='share of the cyclists of train and val that stand by a car (default: that of '
        'ToyStreets, data/README.md)',
    )

    camvid = commands.add_parser('camvid', help='CamVid with 32 colours to 11 classes')
    camvid.add_argument('images', type=_folder, help='folder with the frames (FRAME.png)')
    camvid.add_argument('labels', type=_folder, help='folder with the colours (FRAME_L.png)')
    camvid.add_argument('--root', type=Path, default=data / 'camvid', help='where to write')
    camvid.add_argument(
        '--size',
        type=_size,
        default='480x360',
        metavar='WIDTHxHEIGHT',
        help="what to resize to, or 'full' (default: 480x360 as SegNet has it)",
    )

    cityscapes = commands.add_parser(
        'cityscapes', help="draw the labels in training ids, which mmseg's own data set needs"
    )
    cityscapes.add_argument(
        'root',
        type=_folder,
        nargs='?',
        default=str(data / 'cityscapes'),
        help='folder that holds gtFine',
    )


def run(arguments: Namespace) -> None:
    """Prepare one data set, and say what was done."""
    from mmseg_ext.common.folders import make_folder

    if arguments.data_set == 'toy':
        from mmseg_ext.data.toy import draw_toy_streets
        from mmseg_ext.data.toy.context import STRENGTH

        strength = arguments.context_strength
        # It is drawn beside its place and moved there when it is complete.
        make_folder('--root', arguments.root.parent)
        drawn = draw_toy_streets(
            arguments.root,
            arguments.seed,
            context_strength=STRENGTH if strength is None else strength,
        )
        print(f'{arguments.root}: {"drawn" if drawn else "complete, nothing to do"}')
        return
    if arguments.data_set == 'camvid':
        from mmseg_ext.data.prepare.camvid_32 import prepare_camvid

        make_folder('--root', arguments.root)
        counts = prepare_camvid(arguments.images, arguments.labels, arguments.root, arguments.size)
    else:
        from mmseg_ext.data.prepare.cityscapes_ids import prepare_cityscapes

        make_folder('root', arguments.root)
        counts = prepare_cityscapes(arguments.root)
    print(f'{arguments.root}: {counts[0]} written, {counts[1]} there already')


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f'no folder {path}')
    return path


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f'{text} is not between 0 and 1')
    return value


def _size(text: str) -> tuple[int, int] | None:
    if text == 'full':
        return None
    width, separator, height = text.partition('x')
    if not (separator and width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is neither WIDTHxHEIGHT nor 'full'")
    return int(width), int(height)
