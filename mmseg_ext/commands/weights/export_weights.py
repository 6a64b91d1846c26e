"""Write the weights that inference needs, without what only training uses."""

from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import add_trust_option


def add_arguments(parser: ArgumentParser) -> None:
    """Add the checkpoint, and where its weights go."""
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--out', metavar='FILE', help='default: <checkpoint>_weights.pth beside the checkpoint'
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace FILE where it is there already'
    )
    add_trust_option(parser)


def run(arguments: Namespace) -> None:
    """Write the weights, and say what was left out."""
    from mmseg_ext.checkpoints.export import export_weights

    file, summary = export_weights(arguments.checkpoint, arguments.out, arguments.overwrite)
    print(f'{file}\n{summary}')
