"""Export a trained model to ONNX, and check that ONNX Runtime computes what it does.

By default the file takes an image as OpenCV reads it and gives its classes, and the logits that
they are decided by; height, width and the number of images are free. For example:
    mmseg-debias export CONFIG CHECKPOINT --out model.onnx
    mmseg-debias predict --onnx model.onnx photos --out predicted
Needs the packages of the extra `export`. See docs/guides/export.md.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    positive,
    read_config,
)

# As of mmseg_ext/export/description.py; nothing of a room is imported before the command runs.
INPUTS = ('image', 'tensor')
OUTPUTS = ('both', 'classes', 'logits', 'head-logits')


def add_arguments(parser: ArgumentParser) -> None:
    """Add the model, the file, what it takes and gives, and what it is checked on."""
    add_config(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='file to write')
    parser.add_argument(
        '--input',
        choices=INPUTS,
        default='image',
        help='image: uint8 (N, H, W, 3), BGR, normalised and padded inside, the default; tensor: '
        "float32 (N, channels, H, W), what the config's data preprocessor makes of it",
    )
    parser.add_argument(
        '--outputs',
        choices=OUTPUTS,
        default='both',
        help='both: classes and logits, the default; classes: uint8 (N, H, W) alone; logits: '
        "float32 (N, classes, H, W), resized to the input's size; head-logits: as the head gives "
        'them, smaller',
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        '--size',
        nargs=2,
        type=positive,
        metavar=('HEIGHT', 'WIDTH'),
        help='images of this size alone (default: any)',
    )
    size.add_argument(
        '--multiple',
        type=positive,
        default=1,
        metavar='N',
        help='any height and width that are multiples of N, for models that cannot be exported '
        'otherwise (default: 1)',
    )
    parser.add_argument(
        '--check',
        nargs='+',
        type=Path,
        default=(),
        metavar='IMAGE',
        help='compare on these images (default: the first two of the test set; noise if there are '
        'none)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace FILE if it is there')
    add_trust_option(parser)
    add_config_options(parser)


def run(arguments: Namespace) -> None:
    """Export, compare, and say what came of it."""
    from mmseg_ext.checkpoints.checkpoint import require_file
    from mmseg_ext.prediction.exported.export import export_model
    from mmseg_ext.prediction.exported.request import Export

    require_file(arguments.checkpoint)
    export_model(
        Export(
            config=read_config(arguments),
            checkpoint=arguments.checkpoint,
            out=arguments.out,
            input=arguments.input,
            outputs=arguments.outputs,
            size=None if arguments.size is None else tuple(arguments.size),
            multiple=arguments.multiple,
            check=arguments.check,
            overwrite=arguments.overwrite,
        ),
        lambda text: print(text, flush=True),
    )
    print(f'written: {arguments.out}')
