"""IoU class by class of several evaluations: `python tools/compare.py NAME=WORK_DIR ...`."""

import argparse
import sys

from mmseg_ext.engine.cli import run
from mmseg_ext.engine.comparison import comparison_table, latest_scores


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description='Put evaluations side by side.')
    parser.add_argument(
        'evaluations',
        nargs='+',
        type=_named_work_dir,
        metavar='NAME=WORK_DIR',
        help='heading of a column and the work dir with its evaluation, the last one if several',
    )
    arguments = parser.parse_args()
    print(comparison_table({name: latest_scores(path) for name, path in arguments.evaluations}))


def _named_work_dir(text: str) -> tuple[str, str]:
    name, equals, path = text.partition('=')
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f'{text}: expected NAME=WORK_DIR')
    return name, path


if __name__ == '__main__':
    sys.exit(run(main))
