"""How far a model names objects by their surroundings, and what of context a data set has.

With a checkpoint: recall of objects and as what they are predicted, split by the classes in a ring
of 10 pixels; the same object pasted into a usual and an unusual place; objects removed; and context
unfairness. With --labels-only: which classes always come together, and how many objects stand
outside of their usual company. What the figures mean is in docs/guides/context.md.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    positive,
    read_config,
    seed,
)
from mmseg_ext.common.errors import ConfigError


def add_arguments(parser: ArgumentParser) -> None:
    """Add one model, two, or none, and how much is measured."""
    add_config(parser)
    parser.add_argument('checkpoint', nargs='?', help='checkpoint file; not with --labels-only')
    parser.add_argument(
        '--vs',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='a second model, on the same objects',
    )
    parser.add_argument(
        '--labels-only', action='store_true', help='measure the data set alone, without a model'
    )
    parser.add_argument(
        '--min-pixels', type=positive, default=50, help='least size of an object (default: 50)'
    )
    parser.add_argument(
        '--objects',
        type=positive,
        default=50,
        help='objects of each class to paste, and images to remove objects from (default: 50)',
    )
    parser.add_argument('--seed', type=seed, default=0, help='seed of their choice (default: 0)')
    parser.add_argument(
        '--out',
        type=Path,
        metavar='DIR',
        help='default: context in the work_dir of the config, else in work_dirs/NAME_OF_CONFIG',
    )
    add_config_options(parser)
    add_trust_option(parser)


def run(arguments: Namespace) -> None:
    """Measure, print the tables and write the report."""
    pairs = _models(arguments)
    from mmseg_ext.analysis.context.report import measure_context, write_context
    from mmseg_ext.checkpoints.checkpoint import require_file
    from mmseg_ext.common.config import work_dir_of
    from mmseg_ext.common.folders import make_folder

    for _, checkpoint in pairs:
        require_file(checkpoint)
    config = read_config(arguments)
    configs = [config, *(read_config(arguments, other) for other, _ in pairs[1:])]
    out = arguments.out or work_dir_of(config) / 'context'
    if arguments.out:
        make_folder('--out', out)
    models = list(zip(configs, (checkpoint for _, checkpoint in pairs), strict=False))
    settings = {
        'config': arguments.config,
        'models': [list(pair) for pair in pairs],
        'min_pixels': arguments.min_pixels,
        'objects': arguments.objects,
        'seed': arguments.seed,
    }
    measured = measure_context(config, models, settings)
    print(measured.text)
    make_folder('--out', out)
    written, problems = write_context(measured, out)
    for problem in problems:
        print(f'warning: {problem}', file=sys.stderr)
    print(f'written: {", ".join(str(out / name) for name in written)}')


def _models(arguments: Namespace) -> list[tuple[str, str]]:
    """Return config and checkpoint of each model.

    Raises:
        ConfigError: There is none where one is needed, or one too many.
    """
    if arguments.labels_only:
        if arguments.checkpoint or arguments.vs:
            raise ConfigError(
                '--labels-only measures the data set without a model: leave out the checkpoint '
                'and --vs'
            )
        return []
    if not arguments.checkpoint:
        raise ConfigError('give a checkpoint, or --labels-only to measure the data set alone')
    first = (arguments.config, arguments.checkpoint)
    return [first, tuple(arguments.vs)] if arguments.vs else [first]
