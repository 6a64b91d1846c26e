"""Look at what a model is fed: `python tools/browse_data.py CONFIG --out DIR`."""

import argparse
import sys

from mmseg_ext.analysis.browse import browse
from mmseg_ext.commands.arguments import add_config_options, add_trust_option, positive, seed
from mmseg_ext.commands.cli import run
from mmseg_ext.common.config import load_config
from mmseg_ext.common.printable import printable


def main() -> None:
    """Read the command line and draw the panels."""
    parser = argparse.ArgumentParser(
        description='Draw samples as the model is fed them, after augmentation: image, labels, '
        'instances and the targets of boundary tasks, as far as the pipeline makes them.'
    )
    parser.add_argument('config', help='config file')
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
    arguments = parser.parse_args()
    config = load_config(arguments.config, arguments.cfg_options)
    files = browse(
        config,
        arguments.out,
        arguments.split,
        arguments.number,
        arguments.seed,
        arguments.show_targets_of,
    )
    print('\n'.join(printable(str(file)) for file in files))


if __name__ == '__main__':
    sys.exit(run(main))
