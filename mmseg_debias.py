"""The command `mmseg-debias`: tells mmseg_ext who starts, so that only what is needed is loaded."""

import sys
from collections.abc import Sequence

running = False
"""Whether this process is a command line, which registers the plugins where it needs them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments, by default those of the process, name.

    Returns:
        The exit code.
    """
    global running
    running = True
    from mmseg_ext.commands.parser.front import dispatch

    return dispatch(sys.argv[1:] if arguments is None else list(arguments))
