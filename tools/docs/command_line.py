"""What every command says of itself, as Markdown."""

import io
import os
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path

WIDTH = 84
"""Of a line, in characters: as much as a page of the site shows."""


def help_of_every_command() -> str:
    """Return a section for each command, and for each of its own, with what `--help` prints.

    The parsers load no plugin, so neither torch nor mmseg is needed.
    """
    sys.path.insert(0, str(Path(__file__).parents[2]))
    os.environ['COLUMNS'] = str(WIDTH)
    from mmseg_ext.commands.parser.front import COMMANDS

    sections = [f'\n## `mmseg-debias`\n\n```text\n{printed_help()}```\n']
    for name in COMMANDS:
        sections.append(f'\n## `{name}`\n\n```text\n{printed_help(name)}```\n')
        for part in parts_of(name):
            sections.append(f'\n### `{name} {part}`\n\n```text\n{printed_help(name, part)}```\n')
    return ''.join(sections)


def printed_help(*command: str) -> str:
    """Return what a command prints when it is asked for help."""
    from mmseg_debias import main

    printed = io.StringIO()
    with redirect_stdout(printed), suppress(SystemExit):
        main([*command, '--help'])
    return printed.getvalue()


def parts_of(name: str) -> list[str]:
    """Return the commands of a command, as `show` of `report`."""
    import argparse

    from mmseg_ext.commands.parser.front import command_module

    parser = argparse.ArgumentParser()
    command_module(name).add_arguments(parser)
    return [
        part
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for part in action.choices
    ]
