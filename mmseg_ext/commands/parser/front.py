"""The parser that joins the commands: finds the one that is named, and loads no other.

A command is a module of the folder above, or of one in it, with ``add_arguments(parser)`` and
``run(arguments)``, which returns an exit code or None for 0. The first line of its docstring is its
line in the help, the whole of it the description. What is slow to import, a command imports in
``run``; a command that does without the plugins says ``NEEDS_PLUGINS = False``, and one whose only
positional argument is a list ``INTERMIXED = True``, so that options may stand in it.
"""

import argparse
from importlib import import_module
from types import ModuleType

import mmseg_ext
from mmseg_ext.commands.parser.argument_parser import CommandParser
from mmseg_ext.commands.parser.exit_codes import EXIT_USAGE, run
from mmseg_ext.common.errors import UserError, nearest

COMMANDS = (
    'init',
    'train',
    'test',
    'predict',
    'score',
    'report',
    'check-data',
    'prepare-data',
    'browse',
    'configs',
    'calibrate',
    'refit',
    'export',
    'export-weights',
    'convert-backbone',
    'analyze-bias',
    'analyze-dropping',
    'context',
    'show-mixture',
    'benchmark',
)
_FOLDERS = {'export': 'weights', 'export-weights': 'weights', 'convert-backbone': 'weights'}
_NAME = 'mmseg-debias'


def dispatch(arguments: list[str]) -> int:
    """Run the command that the first argument names.

    Args:
        arguments: Those behind the name of the program.

    Returns:
        The exit code of the command; 2 where no command has the name.
    """
    name = arguments[0] if arguments else '--help'
    if name in COMMANDS:
        return _run(name, arguments[1:])
    front = argparse.ArgumentParser(
        prog=_NAME,
        usage=f'{_NAME} [--help] [--version] COMMAND ...',
        description=f'{mmseg_ext.__doc__.splitlines()[0]}',
        epilog=f'{_NAME} COMMAND --help has the arguments of a command.',
    )
    front.add_argument(
        '--version', action='version', version=f'mmseg-debias {mmseg_ext.__version__}'
    )
    if not name.startswith('-'):
        close = nearest(name, COMMANDS)
        front.exit(EXIT_USAGE, f'{_NAME}: error: no command is called {name!r}{close}\n')
    commands = front.add_subparsers(title='commands', metavar='COMMAND')
    if name in ('-h', '--help'):
        for each in COMMANDS:
            commands.add_parser(each, help=_summary(command_module(each)))
    front.parse_args(arguments or ['--help'])
    front.error('no command was given')


def _run(name: str, arguments: list[str]) -> int:
    command = command_module(name)
    parser = CommandParser(
        prog=f'{_NAME} {name}',
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    intermixed = getattr(command, 'INTERMIXED', False)
    parse = parser.parse_intermixed_args if intermixed else parser.parse_args
    parsed = parse(arguments)

    def body() -> int | None:
        if getattr(command, 'NEEDS_PLUGINS', True):
            _prepare(trusted=getattr(parsed, 'trust_checkpoint', False))
        return command.run(parsed)

    return run(body)


def _prepare(*, trusted: bool) -> None:
    try:
        mmseg_ext.register()
    except ImportError as error:
        raise UserError(str(error)) from error
    from mmseg_ext.checkpoints.loaders import guard_loaders

    guard_loaders(trusted)


def command_module(name: str) -> ModuleType:
    """Return the module of a command by its name, such as 'export-weights'."""
    path = [*filter(None, [_FOLDERS.get(name)]), name.replace('-', '_')]
    return import_module(f'mmseg_ext.commands.{".".join(path)}')


def _summary(command: ModuleType) -> str:
    assert command.__doc__
    return command.__doc__.splitlines()[0].rstrip('.')
