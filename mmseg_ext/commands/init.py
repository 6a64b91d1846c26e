"""Look at a folder of images and labels, and write a config that trains on it.

What is found is printed. What cannot be known is asked for as an option: the names of the
classes, what is not counted, which of several labels are meant. The config is the recipe that is
recommended, with its bases beside it, so that it stays as it is when this package changes.

--classes takes names with commas between them, whose ids are 0, 1, …, or a file with a class a
line: a name, and then its ids or its colours as R,G,B; the name `ignore` for what is not counted.
The paths of --classes and --out are relative to the current folder, those of the data to DIR.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmseg_ext.commands.parser.arguments import positive
from mmseg_ext.common.printable import printable_lines


def add_arguments(parser: ArgumentParser) -> None:
    """Add where the data are, what they mean, how they are split, and where the config goes."""
    parser.add_argument('root', metavar='DIR', help='folder that holds all images and labels')
    place = "folder in DIR, or a quoted pattern ('*/rgb/*.png'); {split} stands for the split"
    parser.add_argument('--images', required=True, metavar='WHERE', help=place)
    parser.add_argument('--labels', required=True, metavar='WHERE', help=place)
    parser.add_argument(
        '--label-suffix',
        metavar='TEXT',
        help='what names of label files have behind those of their images, e.g. _mask',
    )
    parser.add_argument(
        '--encoding',
        choices=('ids', 'colours'),
        help='what the labels are, where it is not plain; a palette is ids',
    )
    parser.add_argument('--classes', metavar='NAMES|FILE', help='the classes, see above')
    parser.add_argument(
        '--ignore', nargs='+', default=[], metavar='ID|R,G,B', help='what is not counted'
    )
    parser.add_argument(
        '--things',
        default='',
        metavar='NAMES',
        help='classes of single objects, whose inside the distance task tells (default: all)',
    )
    parser.add_argument(
        '--autosplit',
        nargs='+',
        type=float,
        metavar='FRACTION',
        help='shares of train and val, or of train, val and test (default: 0.8 0.2)',
    )
    parser.add_argument(
        '--split-list',
        metavar='FILE',
        help="lists of images in DIR, one a line, with {split} in the name: 'lists/{split}.txt'",
    )
    parser.add_argument(
        '--splits',
        nargs='+',
        metavar='NAME',
        help='what {split} stands for: training, validation and, if there is one, test '
        '(default: train val)',
    )
    parser.add_argument(
        '--drive-pattern',
        metavar='REGEX',
        help='its groups name the sequence of an image, which stays in one split: '
        r"'(.+)_\d+' for street_0001.png",
    )
    parser.add_argument(
        '--short-side',
        type=positive,
        default=360,
        metavar='PIXELS',
        help='larger images are made smaller, to that (default: 360)',
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('project/config.py'),
        metavar='FILE',
        help='the config (default: project/config.py); one that is there is never overwritten',
    )


def run(arguments: Namespace) -> None:
    """Look, print what was found, and write the config."""
    from mmseg_ext.commands.own_data.config_text import check_out, work_dir_of, write_config
    from mmseg_ext.commands.own_data.declared import Wishes
    from mmseg_ext.commands.own_data.project import find_project

    check_out(arguments.out)
    given = vars(arguments)
    where = ('images', 'labels', 'label_suffix', 'autosplit', 'split_list', 'drive_pattern')
    wishes = ('classes', 'ignore', 'encoding', 'things')
    project = find_project(
        Path(arguments.root),
        {key: given[key] for key in where},
        arguments.splits,
        Wishes(**{key: given[key] for key in wishes}),
        lambda line: print(printable_lines(line)),
    )
    out = arguments.out
    for line in write_config(out, project, arguments.short_side):
        print(line)
    print(
        f'{out}: written; bases beside it. Next:\n  mmseg-debias check-data {out}\n'
        f'  mmseg-debias train {out} --calibrate\n  mmseg-debias report show {work_dir_of(out)}'
    )
