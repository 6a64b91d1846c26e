"""See what dropping a class leaves of it: `python tools/analyze_dropping.py CONFIG CHECKPOINT`."""

import argparse
import sys

from mmseg_ext.analysis.remainder import Remainder, measure_remainder
from mmseg_ext.commands.arguments import add_config_options, add_trust_option
from mmseg_ext.commands.cli import run
from mmseg_ext.common.config import load_config
from mmseg_ext.reports.text_table import TextTable


def main() -> None:
    """Read the command line, drop every class in turn and print what is left of it."""
    parser = argparse.ArgumentParser(
        description='How completely a model with class suppression can drop each of its classes; '
        'what the figures mean is in docs/analysis.md.'
    )
    parser.add_argument('config', help='config file of a model with a ClassSuppressionHead')
    parser.add_argument('checkpoint', help='checkpoint file')
    add_config_options(parser)
    add_trust_option(parser)
    arguments = parser.parse_args()
    config = load_config(arguments.config, arguments.cfg_options)
    print(_table(measure_remainder(config, arguments.checkpoint)))


def _table(remainder: Remainder) -> TextTable:
    table = TextTable(['class', 'kept', 'dropped', 'left', 'own channels'])
    columns = (remainder.kept, remainder.dropped, remainder.left, remainder.own)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for name, (kept, dropped, left, own) in zip(remainder.classes, rows, strict=True):
        table.add_row([name, f'{kept:.2%}', f'{dropped:.2%}', f'{left:.0%}', f'{own:.0%}'])
    return table


if __name__ == '__main__':
    sys.exit(run(main))
