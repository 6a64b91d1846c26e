"""Draw samples as the model is fed them.

After augmentation: image, labels, instances and the targets of boundary tasks, as far as the
pipeline makes them.
"""

from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    positive,
    read_config,
    seed,
)
from mmseg_ext.common.printable import printable


def add_arguments(parser: ArgumentParser) -> None:
    """Add what is drawn, and where to."""
    add_config(parser)
    parser.add_argument('--out', required=True, metavar='DIR', help='folder for the PNG files')
    parser.add_argument('--number', type=positive, default=8, help='samples (default: 8)')
    parser.add_argument('--split', choices=('train', 'val', 'test'), default='train')
    parser.add_argument('--seed', type=seed, default=0, help='seed of the augmentations')
    parser.add_argument(
        '--show-targets-of',
        metavar='CHECKPOINT',
        help='also draw what this checkpoint predicts, below what is true',
    )
    add_trust_option(parser)
    add_config_options(parser)


def run(arguments: Namespace) -> None:
    """Draw the panels, and name their files."""
    from mmseg_ext.analysis.browse import browse

    files = browse(
        read_config(arguments),
        arguments.out,
        arguments.split,
        arguments.number,
        arguments.seed,
        arguments.show_targets_of,
    )
    print('\n'.join(printable(str(file)) for file in files))
