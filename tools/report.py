"""Read what evaluations left: `python tools/report.py compare NAME=WORK_DIR ...`."""

import argparse
import sys

from mmseg_ext.engine.cli import run
from mmseg_ext.evaluation.comparison import comparison_table, latest_scores


def add_compare(commands: argparse._SubParsersAction) -> None:
    """Add the command that puts evaluations side by side."""
    parser = commands.add_parser('compare', help='IoU class by class, one column an evaluation')
    parser.add_argument(
        'evaluations',
        nargs='+',
        type=_named_work_dir,
        metavar='NAME=WORK_DIR',
        help='heading of a column and the work dir with its evaluation, the last one if several',
    )
    parser.set_defaults(command=compare)


def compare(arguments: argparse.Namespace) -> None:
    """Print the evaluations side by side."""
    print(comparison_table({name: latest_scores(path) for name, path in arguments.evaluations}))


def main() -> None:
    """Read the command line and run the command that it names."""
    parser = argparse.ArgumentParser(description='Read what evaluations left.')
    add_compare(parser.add_subparsers(required=True, metavar='WHAT'))
    arguments = parser.parse_args()
    arguments.command(arguments)


def _named_work_dir(text: str) -> tuple[str, str]:
    name, equals, path = text.partition('=')
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f'{text}: expected NAME=WORK_DIR')
    return name, path


if __name__ == '__main__':
    sys.exit(run(main))
