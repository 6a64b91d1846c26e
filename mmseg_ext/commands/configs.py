"""List the recipes that the package brings, or copy one.

Each name can be given in place of a config file: `mmseg-debias train debias_deeplab`.
"""

from argparse import ArgumentParser, Namespace
from fnmatch import fnmatch
from pathlib import Path

from mmseg_ext.commands.parser.recipes import copy_recipe, recipe_file, recipe_names, summary_of
from mmseg_ext.common.errors import ConfigError, nearest

NEEDS_PLUGINS = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the pattern, or `copy NAME DIR`."""
    parser.usage = '%(prog)s [--help] [PATTERN]\n       %(prog)s copy NAME DIR'
    parser.add_argument(
        'words',
        nargs='*',
        metavar='PATTERN',
        help='list the recipes whose name has this in it, or matches it with * and ?; '
        '`copy NAME DIR` copies one with its bases',
    )


def run(arguments: Namespace) -> None:
    """List or copy."""
    words = arguments.words
    if words[:1] == ['copy'] and len(words) == 3:
        print(copy_recipe(words[1], Path(words[2])))
        return
    if words[:1] == ['copy'] or len(words) > 1:
        raise ConfigError('give one PATTERN to list recipes, or: copy NAME DIR')
    pattern = words[0] if words else '*'
    names = [name for name in recipe_names() if fnmatch(name, pattern) or pattern in name]
    if not names:
        raise ConfigError(f'no recipe matches {pattern!r}{nearest(pattern, recipe_names())}')
    width = max(map(len, names))
    for name in names:
        print(f'{name:<{width}}  {summary_of(recipe_file(name))}')
