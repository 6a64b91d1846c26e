"""How much the classes of a model depend on each other and on their context.

And how they share its channels; what the figures mean is in docs/guides/analysis.md.
"""

import dataclasses
import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    read_config,
)

SUPPRESSED = ('channels', 'direction')


def add_arguments(parser: ArgumentParser) -> None:
    """Add one model or two, and what is measured of them."""
    add_config(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--vs', nargs=2, metavar=('CONFIG', 'CHECKPOINT'), help='a second model, side by side'
    )
    parser.add_argument(
        '--shift-split',
        metavar='SPLIT',
        help='split of the test data set whose context is another, e.g. shift of ToyStreets',
    )
    parser.add_argument(
        '--suppress',
        choices=SUPPRESSED,
        default='channels',
        help='what of a class is taken out of the feature (default: channels)',
    )
    parser.add_argument(
        '--out',
        type=Path,
        metavar='DIR',
        help='default: bias in the work_dir of the config, else in work_dirs/NAME_OF_CONFIG',
    )
    add_config_options(parser)
    add_trust_option(parser)


def run(arguments: Namespace) -> None:
    """Analyse, print the tables and write the figures."""
    from mmseg_ext.analysis.bias.figures import bias_figures
    from mmseg_ext.analysis.bias.heat_map import draw_dependence
    from mmseg_ext.analysis.bias.measure import count_bias
    from mmseg_ext.analysis.bias.suppressed_weights import SUPPRESSIONS
    from mmseg_ext.analysis.bias.tables import bias_tables
    from mmseg_ext.checkpoints.checkpoint import require_file
    from mmseg_ext.common.atomic import atomic_path
    from mmseg_ext.common.config import work_dir_of
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.reports.attempts import Attempts

    pairs = [(arguments.config, arguments.checkpoint), *([arguments.vs] if arguments.vs else [])]
    for _, checkpoint in pairs:
        require_file(checkpoint)
    configs = [read_config(arguments, config) for config, _ in pairs]
    out = arguments.out or work_dir_of(configs[0]) / 'bias'
    if arguments.out:
        make_folder('--out', out)
    counts = [
        count_bias(config, checkpoint, SUPPRESSIONS[arguments.suppress], arguments.shift_split)
        for config, (_, checkpoint) in zip(configs, pairs, strict=True)
    ]
    if len(counts) == 2 and counts[0].name == counts[1].name:
        counts = [
            dataclasses.replace(each, name=checkpoint)
            for each, (_, checkpoint) in zip(counts, pairs, strict=True)
        ]
    settings = {
        'suppression': arguments.suppress,
        'shift_split': arguments.shift_split,
        'configs': [config for config, _ in pairs],
        'checkpoints': [checkpoint for _, checkpoint in pairs],
    }
    figures = bias_figures(counts, settings)
    print(bias_tables(figures))
    make_folder('--out', out)
    with atomic_path(out / 'bias.json') as temporary:
        temporary.write_text(json.dumps(figures, indent=1, allow_nan=False) + '\n')
    attempts = Attempts()
    attempts.draw('dependence.png', draw_dependence, figures, out / 'dependence.png')
    for problem in attempts.failed:
        print(f'warning: {problem}', file=sys.stderr)
    written = ['bias.json', *([] if attempts.failed else ['dependence.png'])]
    print(f'written: {", ".join(str(out / name) for name in written)}')
