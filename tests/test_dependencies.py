"""The package imports nothing but what it declares, and nothing that one system alone has."""

import ast
import configparser
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

from mmseg_ext.common.stack import MINIMUM

# What only some systems have, of the standard library.
ONE_SYSTEM = {'fcntl', 'grp', 'msvcrt', 'pwd', 'readline', 'resource', 'syslog', 'termios', 'tty'}


def sources(repository: Path) -> list[Path]:
    found = [*repository.glob('mmseg_ext/**/*.py'), *repository.glob('tools/*.py')]
    assert len(found) > 100
    return found


def imports(node: ast.AST, at_import: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield each imported module, and whether importing the file imports it, come what may."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name.split('.')[0], at_import) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield (child.module or '').split('.')[0], at_import
        else:
            elsewhere = isinstance(child, (ast.FunctionDef, ast.Try))
            yield from imports(child, at_import and not elsewhere)


def declared(repository: Path) -> dict[str, set[str]]:
    """Return the distributions that `setup.cfg` names, of each extra; '' for the requirements."""
    setup = configparser.ConfigParser()
    setup.read(repository / 'setup.cfg')
    lists = {'': setup['options']['install_requires'], **setup['options.extras_require']}
    return {
        extra: {
            Requirement(line).name
            for line in text.splitlines()
            if line.strip() and not line.startswith('#')
        }
        for extra, text in lists.items()
    }


def test_every_import_is_declared(repository):
    owners = packages_distributions()
    wanted = declared(repository)
    for path in sources(repository):
        for module, at_import in imports(ast.parse(path.read_text())):
            if (
                module in {'mmseg_ext', 'mmseg_debias', *MINIMUM}
                or module in sys.stdlib_module_names
            ):
                continue
            # What needs an extra imports it when it is asked for.
            allowed = wanted['']
            if not at_import:
                allowed = allowed | wanted['cityscapes'] | wanted['export']
            owner = {re.sub(r'[-_.]+', '-', name).lower() for name in owners.get(module, [])}
            assert owner & allowed, f'{path}: {module} of {owner or "nothing installed"}'


def test_what_only_some_systems_have_is_not_needed_to_import(repository):
    for path in sources(repository):
        needed = {name for name, at_import in imports(ast.parse(path.read_text())) if at_import}
        assert not needed & ONE_SYSTEM, path
