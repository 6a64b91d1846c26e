"""Train a model: `python tools/train.py CONFIG`."""

import argparse
import sys
from pathlib import Path

from mmseg_ext.commands.arguments import add_run_arguments, parse
from mmseg_ext.commands.cli import run
from mmseg_ext.common.config import load_config, set_seed, set_work_dir, use_mixed_precision
from mmseg_ext.common.folders import make_folder
from mmseg_ext.training.fingerprint import PARTS
from mmseg_ext.training.launch import is_main_process, launched
from mmseg_ext.training.reporting.report_hook import ReportHook
from mmseg_ext.training.resuming.resume import AUTO, set_resume
from mmseg_ext.training.runner import training_summary
from mmseg_ext.training.training import train


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description='Train a segmentation model.')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const=AUTO,
        metavar='CHECKPOINT',
        help='go on from a checkpoint, by default from the newest good one in the work dir',
    )
    parser.add_argument(
        '--allow-changes',
        nargs='+',
        default=[],
        choices=PARTS,
        metavar='PART',
        help='resume with a config that differs from that of the checkpoint in these parts: '
        + ', '.join(PARTS),
    )
    parser.add_argument('--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--allow-overlap',
        action='store_true',
        help='also validate on images that are trained on, for a deliberate overfit',
    )
    add_run_arguments(parser)
    arguments = parse(parser)

    config = load_config(arguments.config, arguments.cfg_options)
    set_work_dir(config, arguments.config, arguments.work_dir)
    set_seed(config, arguments.seed)
    set_resume(config, arguments.resume)
    if arguments.allow_changes and not (arguments.resume or config.resume):
        parser.error('--allow-changes is about a resume: give --resume')
    if arguments.allow_overlap:
        config.allow_overlap = True
    if arguments.amp:
        use_mixed_precision(config)
    make_folder('--work-dir', config.work_dir)
    with launched(config, arguments.launcher):
        report = ReportHook(Path(config.work_dir) / 'report')
        train(config, [report], arguments.allow_changes)
    if is_main_process():
        print(training_summary(config.work_dir))
        print(report.summary())


if __name__ == '__main__':
    sys.exit(run(main))
