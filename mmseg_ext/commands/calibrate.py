"""Calibrate the decisions of a trained model, without training.

Fits one bias a class on frames with labels and writes a checkpoint of the same config whose last
layer has them. That mends frequency bias, a wrong decision between common and rare classes on right
features; it does not mend contextual bias. Nothing is written where no gain is shown on frames
that were not fitted on. What it does, and what to expect: docs/guides/calibrate.md.
"""

import sys
from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.fit_arguments import OBJECTIVES, add_fit_arguments, prepare_fit


def add_arguments(parser: ArgumentParser) -> None:
    """Add the model, what it is fitted on and for, and the file to write."""
    add_fit_arguments(parser, 'the calibrated checkpoint')
    parser.add_argument(
        '--objective',
        choices=OBJECTIVES,
        default='mIoU',
        help='what shall rise: mIoU (the default), its mean over the rare classes, mean accuracy; '
        'nll is the likelihood of the labels alone',
    )
    parser.add_argument(
        '--force', action='store_true', help='write the file also where no gain is shown'
    )


def run(arguments: Namespace) -> None:
    """Calibrate, say what to expect, and write the checkpoint where that is a gain."""
    from mmseg_ext.calibration.driver.fit import fit_checkpoint
    from mmseg_ext.calibration.driver.words import expectation, record_of, warnings_of
    from mmseg_ext.checkpoints.calibrated import write_calibrated

    config = prepare_fit(arguments)
    fitted = fit_checkpoint(
        config,
        arguments.checkpoint,
        arguments.split,
        arguments.frames,
        arguments.objective,
        arguments.seed,
    )
    print(expectation(fitted))
    sys.stdout.flush()
    for warning in warnings_of(fitted):
        print(f'warning: {warning}', file=sys.stderr)
    if not (fitted.calibration.shown or arguments.force):
        print(
            f'nothing is written: no gain of {arguments.objective} is shown on frames that were '
            'not fitted on; --force writes the file all the same'
        )
        return
    write_calibrated(
        arguments.checkpoint, arguments.out, fitted.bias_name, fitted.added, record_of(fitted)
    )
    print(f'written: {arguments.out}')
