"""Strip a checkpoint to what inference needs: `python tools/export_weights.py CHECKPOINT`."""

import argparse
import sys

from mmseg_ext.checkpoints.export import export_weights
from mmseg_ext.commands.arguments import add_trust_option
from mmseg_ext.commands.cli import run


def main() -> None:
    """Read the command line and write the weights."""
    parser = argparse.ArgumentParser(
        description='Write the weights that inference needs, without what only training uses.'
    )
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--out', metavar='FILE', help='default: <checkpoint>_weights.pth beside the checkpoint'
    )
    add_trust_option(parser)
    arguments = parser.parse_args()
    file, summary = export_weights(arguments.checkpoint, arguments.out)
    print(f'{file}\n{summary}')


if __name__ == '__main__':
    sys.exit(run(main))
