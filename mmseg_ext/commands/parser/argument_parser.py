"""A parser of arguments that takes no option by half of its name, and tells which was meant."""

import argparse
import re
from typing import Any, NoReturn

from mmseg_ext.common.errors import nearest


class CommandParser(argparse.ArgumentParser):
    """argparse's, with the nearest option named where one is not known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allow_abbrev = False

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message to stderr, and end the process with exit code 2."""
        unknown = re.match(r'unrecognized arguments: (--[^\s=]+)', message)
        super().error(message + (nearest(unknown[1], _options(self)) if unknown else ''))


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """Return the options of a parser and of its commands, whose unknown ones it reports."""
    found: set[str] = set()
    for action in parser._actions:
        found.update(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found.update(*map(_options, action.choices.values()))
    return found
