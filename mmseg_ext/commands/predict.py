"""Predict images and videos of one's own with a trained model; no labels are needed.

Writes class ids, pictures, probabilities or the classes' shares, at the size of each image, below
--out: one folder for each kind, in it the sub-folders and names of the inputs. Images are turned as
their EXIF orientation says, which is OpenCV's default. With --onnx, a file of `mmseg-debias export`
predicts, which needs neither config nor checkpoint. See docs/guides/predict.md.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mmseg_ext.commands.parser.arguments import (
    add_config_options,
    add_trust_option,
    not_negative,
    positive,
    read_config,
)

if TYPE_CHECKING:
    from mmseg_ext.prediction.model_predictor import ModelPredictor

INTERMIXED = True
KINDS = ('ids', 'palette', 'color', 'overlay', 'side-by-side', 'probabilities', 'shares')


def fraction(text: str) -> float:
    """Parse a number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f'must be from 0 to 1, got {text}')
    return number


def add_arguments(parser: ArgumentParser) -> None:
    """Add the model, the inputs, and what is written."""
    parser.usage = (
        '%(prog)s CONFIG CHECKPOINT INPUT... --out DIR [options]\n'
        '       %(prog)s --onnx MODEL INPUT... --out DIR [options]'
    )
    parser.add_argument(
        'words',
        nargs='*',
        default=[],
        metavar='CONFIG CHECKPOINT INPUT',
        help='config file, or a recipe of `mmseg-debias configs`; checkpoint file; then images or '
        'videos, folders, patterns in quotes such as "photos/*/left*.png", or - for a list on '
        'standard input, one a line',
    )
    parser.add_argument(
        '--onnx',
        metavar='MODEL',
        help='predict by this file of `mmseg-debias export`, in ONNX Runtime; all words are inputs',
    )
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='where to write')
    parser.add_argument(
        '--recursive', action='store_true', help='folders stand for their sub-folders too'
    )
    parser.add_argument(
        '--save',
        nargs='+',
        choices=KINDS,
        default=['ids', 'overlay'],
        metavar='KIND',
        help='ids: grey PNG of class ids; palette: the same in a PNG with colours; color, overlay, '
        'side-by-side: pictures, of a video a video; probabilities: .npz, float16; shares: a CSV '
        'with the percentage of each class (default: ids overlay)',
    )
    parser.add_argument(
        '--ids',
        metavar='FILE',
        help='the ids to write, a line for each class: "road 7" (default: the trained ids 0, 1, …)',
    )
    parser.add_argument(
        '--opacity', type=fraction, default=0.5, help='of the classes in overlays (default: 0.5)'
    )
    parser.add_argument(
        '--html', action='store_true', help='also write a contact sheet, index.html'
    )
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        '--resume', action='store_true', help='go on in DIR: leave out what is complete there'
    )
    existing.add_argument(
        '--overwrite', action='store_true', help='write anew what is there already'
    )
    parser.add_argument('--tta', action='store_true', help='test-time augmentation')
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision: float16, on a CPU bfloat16'
    )
    parser.add_argument(
        '--device',
        help='cpu, cuda, cuda:1, … (default: a GPU if there is one; with --onnx the CPU)',
    )
    parser.add_argument(
        '--batch-size', type=positive, default=1, help='images at once (default: 1)'
    )
    parser.add_argument(
        '--workers', type=not_negative, default=2, help='processes that read images (default: 2)'
    )
    add_trust_option(parser)
    add_config_options(parser)


def run(arguments: Namespace) -> int:
    """Predict, and say what was written; 1 if an input could not be predicted."""
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.prediction.folder import Request, predict_folder
    from mmseg_ext.prediction.inputs import find_inputs

    load, model_file, words = _onnx(arguments) if arguments.onnx else _torch(arguments)
    inputs = find_inputs(words, sys.stdin, arguments.recursive, arguments.out)
    for note in inputs.notes:
        _warn(note)
    make_folder('--out', arguments.out)
    request = Request(
        load=load,
        model_file=model_file,
        out=arguments.out,
        kinds=arguments.save,
        ids=_ids(arguments.ids),
        opacity=arguments.opacity,
        page=arguments.html,
        resume=arguments.resume,
        overwrite=arguments.overwrite,
        batch_size=arguments.batch_size,
        workers=arguments.workers,
    )
    done = predict_folder(request, inputs.sources, lambda fault: _warn(fault, 'error'))
    print(done.text)
    print(f'written: {arguments.out}')
    if done.legend:
        print(done.legend)
    return 1 if done.faults else 0


def _torch(arguments: Namespace) -> tuple[Callable[[], 'ModelPredictor'], str, list[str]]:
    """Return what loads the model of a config and a checkpoint, the latter, and the inputs.

    Raises:
        ConfigError: Something is not named, or cannot be read.
    """
    from mmseg_ext.checkpoints.checkpoint import require_file
    from mmseg_ext.common.errors import ConfigError
    from mmseg_ext.prediction.predictor import Predictor

    if len(arguments.words) < 3:
        raise ConfigError(
            'name a config, a checkpoint and what to predict, in this order; or --onnx MODEL and '
            'what to predict'
        )
    config_file, checkpoint, *inputs = arguments.words
    require_file(checkpoint)
    config = read_config(arguments, config_file)

    def load() -> Predictor:
        return Predictor(config, checkpoint, arguments.device, arguments.amp, arguments.tta)

    return load, checkpoint, inputs


def _onnx(arguments: Namespace) -> tuple[Callable[[], 'ModelPredictor'], str, list[str]]:
    """Return what loads an exported model, its file, and the inputs.

    Raises:
        ConfigError: There is an option that only a model of PyTorch has, or no input.
    """
    from mmseg_ext.common.errors import ConfigError
    from mmseg_ext.prediction.exported.onnx_predictor import OnnxPredictor

    for option in ('amp', 'tta', 'cfg_options', 'trust_checkpoint'):
        if getattr(arguments, option, None):
            raise ConfigError(
                f'--{option.replace("_", "-")} is for a config and a checkpoint, and --onnx '
                'predicts with neither: leave it out'
            )
    if not arguments.words:
        raise ConfigError('name what to predict behind --onnx MODEL')
    return lambda: OnnxPredictor(arguments.onnx, arguments.device), arguments.onnx, arguments.words


def _ids(file: str | None) -> dict[str, int] | None:
    """Read the ids of `--ids`.

    Raises:
        ConfigError: The file cannot be read, or a line is no class and its id.
    """
    if file is None:
        return None
    from mmseg_ext.commands.own_data.class_file import classes_of
    from mmseg_ext.common.errors import ConfigError

    if not Path(file).is_file():
        raise ConfigError(f'--ids {file}: no such file')
    classes, _ = classes_of(file, option='--ids')
    for each in classes:
        if len(each.get('ids', ())) != 1:
            raise ConfigError(f'--ids {file}: give one id of {each["name"]!r}, as in: road 7')
    return {each['name']: each['ids'][0] for each in classes}


def _warn(text: str, kind: str = 'note') -> None:
    from mmseg_ext.common.printable import printable_lines

    print(f'{kind}: {printable_lines(text)}', file=sys.stderr)
