"""The arguments that commands share, named as in mmseg's own tools.

Light: every parser has them, and what they mean is worked out where a command runs.
"""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmengine.config import Config

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')


def positive(text: str) -> int:
    """Parse a count of at least 1."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f'must be at least 1, got {number}')
    return number


def not_negative(text: str) -> int:
    """Parse a count of at least 0."""
    number = int(text)
    if number < 0:
        raise ArgumentTypeError(f'must be at least 0, got {number}')
    return number


def seed(text: str) -> int:
    """Parse a seed that every random generator takes."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise ArgumentTypeError(f'must be between 0 and 2**32 - 1, got {number}')
    return number


def add_config(parser: ArgumentParser, help_text: str = 'config file') -> None:
    """Add the config, a file or the name of a recipe."""
    parser.add_argument('config', help=f'{help_text}, or a recipe of `mmseg-debias configs`')


def add_config_options(parser: ArgumentParser, trains: bool = False) -> None:
    """Add `--cfg-options`; of a command that trains, with what there is to know of schedules."""
    schedules = (
        'Where a schedule has an end of its own, as that of the quick start, change it too: '
        'train_cfg.max_iters=100 param_scheduler.1.end=100. '
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=(),
        metavar='KEY=VALUE',
        help='override settings of the config, e.g. model.test_cfg.mode=slide '
        f'"model.backbone.strides=(1,2,2,2)". {schedules if trains else ""}data_root=DIR sets it '
        'for every data set',
    )


def read_config(arguments: Namespace, config: str | None = None) -> Config:
    """Read the config that a command line names, with its `--cfg-options`.

    Args:
        arguments: What the parser gave.
        config: Another config than its `config`.

    Raises:
        ConfigError: As of :func:`~mmseg_ext.common.config.load_config`, or there is neither such a
            file nor such a recipe.
    """
    from mmseg_ext.commands.parser.recipes import find_config
    from mmseg_ext.common.config import load_config, parse_options

    path = find_config(config or arguments.config)
    return load_config(str(path), parse_options(arguments.cfg_options))


def add_trust_option(parser: ArgumentParser) -> None:
    """Add `--trust-checkpoint`, which the front obeys."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        default=SUPPRESS,
        help='also load checkpoints, and pretrained weights, that could run code of their own',
    )


def add_run_arguments(parser: ArgumentParser, trains: bool = False) -> None:
    """Add the arguments of a run: where it writes, seed, launcher, options, whom it trusts."""
    parser.add_argument(
        '--work-dir',
        help='where to write (default: work_dir of the config, else work_dirs/<config name>)',
    )
    parser.add_argument('--seed', type=seed, help='seed of every random generator')
    parser.add_argument(
        '--launcher',
        choices=LAUNCHERS,
        default='none',
        help='how several processes were started, e.g. pytorch under torchrun',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='for launchers')
    parser.add_argument('--verbose', action='store_true', help='show all that the log file keeps')
    add_trust_option(parser)
    add_config_options(parser, trains)


def take_launcher(arguments: Namespace) -> None:
    """Take what a launcher says of this process."""
    from mmseg_ext.training.launch import take_rank

    take_rank(arguments.launcher)
    os.environ.setdefault('LOCAL_RANK', str(arguments.local_rank))
