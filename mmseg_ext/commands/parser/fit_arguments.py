"""The arguments of commands that fit the last layer of a checkpoint on frames with labels."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    positive,
    read_config,
    seed,
)

if TYPE_CHECKING:
    from mmengine.config import Config

OBJECTIVES = ('mIoU', 'tail_mIoU', 'mAcc', 'nll')


def add_fit_arguments(parser: ArgumentParser, out_help: str) -> None:
    """Add the model, the frames to fit on, and the file to write."""
    add_config(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help=out_help)
    parser.add_argument(
        '--split',
        default='train',
        help='train (the default) or val: whose frames are fitted on, through the pipeline of the '
        'test; the test split is refused',
    )
    parser.add_argument(
        '--frames',
        type=positive,
        default=200,
        metavar='N',
        help='how many frames are drawn (default: %(default)s)',
    )
    parser.add_argument(
        '--seed', type=seed, default=0, help='seed of frames, pixels, folds (default: 0)'
    )
    add_config_options(parser)
    add_trust_option(parser)


def prepare_fit(arguments: Namespace) -> Config:
    """Check what such a command names, before anything takes long, and read its config.

    Raises:
        ConfigError: The split is the test's or none, the checkpoint is not there, or the file
            would be the checkpoint itself or cannot be made; or as of
            :func:`~mmseg_ext.commands.parser.arguments.read_config`.
    """
    from mmseg_ext.calibration.driver.fit_frames import check_split
    from mmseg_ext.checkpoints.calibrated import check_target
    from mmseg_ext.checkpoints.checkpoint import require_file
    from mmseg_ext.common.folders import make_folder_of

    check_split(arguments.split)
    require_file(arguments.checkpoint)
    check_target(arguments.checkpoint, arguments.out)
    config = read_config(arguments)
    make_folder_of('--out', arguments.out)
    return config
