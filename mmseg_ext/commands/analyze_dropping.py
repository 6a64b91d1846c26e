"""How completely a model with class suppression can drop each of its classes.

What the figures mean is in docs/guides/analysis.md.
"""

from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    read_config,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the model."""
    add_config(parser, 'config file of a model with a ClassSuppressionHead')
    parser.add_argument('checkpoint', help='checkpoint file')
    add_config_options(parser)
    add_trust_option(parser)


def run(arguments: Namespace) -> None:
    """Drop every class in turn, and print what is left of it."""
    from mmseg_ext.analysis.remainder import measure_remainder, remainder_table

    print(remainder_table(measure_remainder(read_config(arguments), arguments.checkpoint)))
