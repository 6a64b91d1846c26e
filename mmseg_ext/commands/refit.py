"""Fit the last layer of a trained model anew, on its frozen features.

Takes the features of labelled frames, fits the classifier `conv_seg` by logistic regression,
calibrates it, and writes a checkpoint of the same config. With --remove-style it leaves out what
changes of style (contrast, blur, ...) move most in the features, and prints the same refit without
that beside. Whether it helps, the tables say, on frames that were not fitted on; measure robustness
with `test --corrupt`. More: docs/guides/calibrate.md.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from mmseg_ext.commands.parser.fit_arguments import OBJECTIVES, add_fit_arguments, prepare_fit


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f'must be between 0 and 1, got {text}')
    return number


def add_arguments(parser: ArgumentParser) -> None:
    """Add the model, what it is fitted on and how, and the file to write."""
    add_fit_arguments(parser, 'the checkpoint to write')
    parser.add_argument(
        '--balance',
        type=_share,
        default=0.0,
        metavar='B',
        help='0 (the default) weighs all pixels alike, 1 all classes',
    )
    parser.add_argument(
        '--remove-style',
        default='',
        metavar='KIND[:SEVERITY],...',
        help='styles to remove: contrast, brightness, saturation, blur, fog, noise; the severity '
        'is 1 to 5, by default 3',
    )
    parser.add_argument(
        '--lambda',
        dest='style_weight',
        type=float,
        default=1.0,
        metavar='L',
        help='how much a change of style counts against what a direction of the features carries '
        '(default: %(default)s)',
    )
    parser.add_argument(
        '--keep',
        type=_share,
        default=0.98,
        metavar='SHARE',
        help='share of the directions of the features that are kept (default: %(default)s)',
    )
    calibration = parser.add_mutually_exclusive_group()
    calibration.add_argument(
        '--objective',
        choices=OBJECTIVES,
        default='mIoU',
        help='what the calibration that follows shall raise (default: %(default)s)',
    )
    calibration.add_argument(
        '--no-calibrate', action='store_true', help='leave the biases as they were fitted'
    )


def run(arguments: Namespace) -> None:
    """Fit anew, say what that changes, and write the checkpoint."""
    from mmseg_ext.calibration.driver.refit import refit_checkpoint
    from mmseg_ext.calibration.driver.refit_variants import RefitOptions
    from mmseg_ext.calibration.driver.refit_words import changes, refit_record
    from mmseg_ext.calibration.driver.words import expectation, record_of, warnings_of
    from mmseg_ext.checkpoints.calibrated import write_refitted
    from mmseg_ext.data.transforms.corrupt import parse_corruption

    config = prepare_fit(arguments)
    styles = [each for each in arguments.remove_style.split(',') if each]
    options = RefitOptions(
        split=arguments.split,
        frames=arguments.frames,
        balance=arguments.balance,
        styles=tuple(parse_corruption(each, '--remove-style') for each in styles),
        style_weight=arguments.style_weight,
        keep=arguments.keep,
        objective=None if arguments.no_calibrate else arguments.objective,
        seed=arguments.seed,
    )
    refitted = refit_checkpoint(config, arguments.checkpoint, options)
    print(changes(refitted))
    calibration = refitted.calibration
    if calibration:
        print('calibration of what was fitted anew:')
        print(expectation(calibration))
        if not calibration.calibration.shown:
            print(f'its biases are left out: no gain of {arguments.objective} is shown')
    sys.stdout.flush()
    for warning in warnings_of(calibration) if calibration else refitted.data.notes:
        print(f'warning: {warning}', file=sys.stderr)
    shown = calibration is not None and calibration.calibration.shown
    values = dict(zip(refitted.names, refitted.layer, strict=True))
    write_refitted(
        arguments.checkpoint,
        arguments.out,
        values,
        refit_record(refitted),
        record_of(calibration) if calibration and shown else None,
    )
    print(f'written: {arguments.out}')
