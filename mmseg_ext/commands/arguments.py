"""The command-line arguments that train and test share, named as in mmseg's own tools."""

import os
from argparse import SUPPRESS, Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import Any

from mmengine.config import DictAction

from mmseg_ext.checkpoints.loaders import guard_loaders
from mmseg_ext.checkpoints.safe_loading import SWITCH
from mmseg_ext.training.launch import take_rank

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')


class OptionsAction(DictAction):
    """mmengine's `key=value` parser, with a usage error instead of a traceback."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: Any = None
    ) -> None:
        """Parse `key=value` arguments into a dictionary."""
        try:
            super().__call__(parser, namespace, values, option_string)
        except (ValueError, AssertionError):
            parser.error(f'{option_string} takes key=value pairs, got: {" ".join(values)}')


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


def add_config_options(parser: ArgumentParser) -> None:
    """Add `--cfg-options`."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OptionsAction,
        metavar='KEY=VALUE',
        help='override settings of the config, e.g. model.test_cfg.mode=slide '
        '"model.backbone.strides=(1,2,2,2)". Where a schedule has an end of its own, as that '
        'of the quick start, change it too: train_cfg.max_iters=100 param_scheduler.1.end=100. '
        'data_root=DIR sets it for every data set',
    )


class TrustAction(Action):
    """Allows unrestricted unpickling in this process."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, nargs=0)

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: Any = None
    ) -> None:
        """Lift the restriction."""
        guard_loaders(trusted=True)


def add_trust_option(parser: ArgumentParser) -> None:
    """Add `--trust-checkpoint`."""
    parser.add_argument(
        SWITCH,
        action=TrustAction,
        default=SUPPRESS,
        help='also load checkpoints, and pretrained weights, that could run code of their own',
    )


def add_run_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of a run: where it writes, seed, launcher, options, whom it trusts."""
    parser.add_argument('--work-dir', help='where to write (default: work_dirs/<config name>)')
    parser.add_argument('--seed', type=seed, help='seed of every random generator')
    parser.add_argument(
        '--launcher',
        choices=LAUNCHERS,
        default='none',
        help='how several processes were started, e.g. pytorch under torchrun',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='for launchers')
    add_trust_option(parser)
    add_config_options(parser)


def parse(parser: ArgumentParser, arguments: Sequence[str] | None = None) -> Namespace:
    """Parse, and take what a launcher says of this process."""
    parsed = parser.parse_args(arguments)
    take_rank(parsed.launcher)
    os.environ.setdefault('LOCAL_RANK', str(parsed.local_rank))
    return parsed
