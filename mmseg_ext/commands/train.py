"""Train a segmentation model."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_run_arguments,
    read_config,
    take_launcher,
)
from mmseg_ext.common.errors import ConfigError


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of a training."""
    add_config(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from a checkpoint, by default from the newest good one in the work dir',
    )
    parser.add_argument(
        '--allow-changes',
        nargs='+',
        default=[],
        metavar='PART',
        help='resume with a config that differs from that of the checkpoint in these parts: model, '
        'losses, pipeline, sampler, batch_size, optimizer, schedule, max_iters, max_epochs, '
        'classes, data',
    )
    parser.add_argument(
        '--allow-overlap',
        action='store_true',
        help='also validate on images that are trained on, for a deliberate overfit',
    )
    parser.add_argument(
        '--calibrate',
        action='store_true',
        help='at the end, calibrate the decisions of the last checkpoint on training frames, and '
        'report both on the validation set',
    )
    parser.add_argument('--amp', action='store_true', help='automatic mixed precision')
    add_run_arguments(parser, trains=True)


def run(arguments: Namespace) -> None:
    """Train, and say where the results are."""
    from mmseg_ext.common.config import set_seed, set_work_dir, use_mixed_precision
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.training.hooks.calibration import CalibrationHook, asks_for_calibration
    from mmseg_ext.training.launch import is_main_process, launched
    from mmseg_ext.training.reporting.report_hook import ReportHook
    from mmseg_ext.training.resuming.resume import set_resume
    from mmseg_ext.training.runner import training_summary
    from mmseg_ext.training.training import train

    take_launcher(arguments)
    config = read_config(arguments)
    set_work_dir(config, arguments.work_dir)
    set_seed(config, arguments.seed)
    set_resume(config, arguments.resume)
    if arguments.allow_changes and not (arguments.resume or config.resume):
        raise ConfigError('--allow-changes is about a resume: give --resume')
    if arguments.allow_overlap:
        config.allow_overlap = True
    if arguments.amp:
        use_mixed_precision(config)
    make_folder('--work-dir', config.work_dir)
    with launched(config, arguments.launcher):
        report = ReportHook(Path(config.work_dir) / 'report')
        # A config that has the hook says how it calibrates.
        ours = arguments.calibrate and not asks_for_calibration(config)
        calibration = [CalibrationHook()] if ours else []
        train(config, [report, *calibration], arguments.allow_changes, arguments.verbose)
    if is_main_process():
        print(training_summary(config.work_dir))
        print(report.summary())
        for hook in calibration:
            print(hook.summary())
