"""Take the ResNet-50 out of a self-supervised checkpoint, for mmseg's ResNet.

The written file goes into a config as
    backbone=dict(type='ResNet', depth=50, style='pytorch', ...,
                  init_cfg=dict(type='Pretrained', checkpoint=OUT))
configs/ssl has a recipe. Whose weights may be used for what is up to their licence.
"""

from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import add_trust_option

# As of resnet50_layouts.py, which waits for torch.
LAYOUTS = ('auto', 'clove', 'carp', 'carl', 'torchvision', 'dino')


def add_arguments(parser: ArgumentParser) -> None:
    """Add the checkpoint, its layout, and where the backbone goes."""
    parser.add_argument('checkpoint', metavar='FILE', help='checkpoint file')
    parser.add_argument('--out', required=True, help='file to write')
    parser.add_argument(
        '--from',
        dest='layout',
        choices=LAYOUTS,
        default='auto',
        help='whose layout FILE has. clove: module.encoder. in model; carp: teacher, or else '
        'student, behind module. and backbone.; dino: as carp, or bare names; torchvision: bare '
        'names; carl: the only ResNet-50 there is, under any prefix; auto (the default): whichever '
        'of them fits',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace OUT where it is there already'
    )
    add_trust_option(parser)


def run(arguments: Namespace) -> None:
    """Write the backbone, and say what was kept and dropped."""
    from mmseg_ext.backbones.convert import convert_backbone

    print(
        convert_backbone(arguments.checkpoint, arguments.out, arguments.layout, arguments.overwrite)
    )
    print(arguments.out)
