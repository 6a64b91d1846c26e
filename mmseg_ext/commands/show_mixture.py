"""Draw the mixture that a model with GMM-structured skip connections predicts.

The responsibilities of the components beside image, labels and prediction, and the means of the
components in two dimensions.
"""

from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    read_config,
)
from mmseg_ext.common.printable import printable


def add_arguments(parser: ArgumentParser) -> None:
    """Add the model, the images, and where the pictures go."""
    add_config(parser, 'config file of a model with a GMMSkipHead')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('images', nargs='+', metavar='IMAGE', help='image files')
    parser.add_argument(
        '--out', default='work_dirs/mixture', metavar='DIR', help='default: work_dirs/mixture'
    )
    add_config_options(parser)
    add_trust_option(parser)


def run(arguments: Namespace) -> None:
    """Draw the mixtures, and name their files."""
    from mmseg_ext.analysis.mixture.show import show_mixture

    config = read_config(arguments)
    files = show_mixture(config, arguments.checkpoint, arguments.images, arguments.out)
    print('\n'.join(printable(str(file)) for file in files))
