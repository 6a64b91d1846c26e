"""Look at a mixture: `python tools/show_mixture.py CONFIG CHECKPOINT IMAGE ...`."""

import argparse
import sys

from mmseg_ext.analysis.mixture.show import show_mixture
from mmseg_ext.commands.arguments import add_config_options, add_trust_option
from mmseg_ext.commands.cli import run
from mmseg_ext.common.config import load_config
from mmseg_ext.common.printable import printable


def main() -> None:
    """Read the command line and draw the mixtures."""
    parser = argparse.ArgumentParser(
        description='Draw the responsibilities of the components beside image, labels and '
        'prediction, and the means of the components in two dimensions.'
    )
    parser.add_argument('config', help='config file of a model with a GMMSkipHead')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('images', nargs='+', metavar='IMAGE', help='image files')
    parser.add_argument(
        '--out', default='work_dirs/mixture', metavar='DIR', help='default: work_dirs/mixture'
    )
    add_config_options(parser)
    add_trust_option(parser)
    arguments = parser.parse_args()
    config = load_config(arguments.config, arguments.cfg_options)
    files = show_mixture(config, arguments.checkpoint, arguments.images, arguments.out)
    print('\n'.join(printable(str(file)) for file in files))


if __name__ == '__main__':
    sys.exit(run(main))
