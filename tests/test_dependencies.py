"""The package imports nothing but what it declares, and nothing that one system alone has."""

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
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
            if module in {'mmseg_ext', *MINIMUM} or module in sys.stdlib_module_names:
                continue
            # Only the data set that needs an extra imports it, when it is asked for.
            allowed = wanted[''] if at_import else wanted[''] | wanted['cityscapes']
            owner = {re.sub(r'[-_.]+', '-', name).lower() for name in owners.get(module, [])}
            assert owner & allowed, f'{path}: {module} of {owner or "nothing installed"}'


def test_what_only_some_systems_have_is_not_needed_to_import(repository):
    for path in sources(repository):
        needed = {name for name, at_import in imports(ast.parse(path.read_text())) if at_import}
        assert not needed & ONE_SYSTEM, path


def lend(names: list[str], site: Path) -> None:
    """Let an environment have distributions of this one, and all that they need."""
    done: set[str] = set()
    while names:
        name = re.sub(r'[-_.]+', '-', names.pop()).lower()
        if name in done:
            continue
        done.add(name)
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {'..', '__pycache__'}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(found.locate_file(top))).resolve())
        for each in map(Requirement, found.requires or ()):
            if not each.marker or each.marker.evaluate({'extra': ''}):
                names.append(each.name)


@pytest.mark.slow
def test_the_wheel_imports_with_what_it_declares(repository, tmp_path):
    """torch is lent, as it is large: its own requirements are all that it brings along."""
    venv.create(tmp_path / 'venv', with_pip=True)
    python = tmp_path / 'venv' / 'bin' / 'python'
    (site,) = (tmp_path / 'venv').glob('lib/python*/site-packages')
    lend(['torch'], site)
    pinned = (repository / 'constraints.txt').read_text().splitlines()
    (tmp_path / 'constraints.txt').write_text(
        '\n'.join(line for line in pinned if not line.startswith('torch=='))
    )

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(python), *command], cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, 'PYTHONPATH': ''},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
        return done.stdout

    # A build leaves its folders behind.
    source = tmp_path / 'source'
    shutil.copytree(repository / 'mmseg_ext', source / 'mmseg_ext')
    for name in ('setup.cfg', 'pyproject.toml', 'README.md', 'LICENSE'):
        shutil.copy(repository / name, source)
    run('-m', 'pip', 'wheel', '-q', '--no-deps', '-w', 'wheels', str(source))
    (wheel,) = (tmp_path / 'wheels').glob('*.whl')
    run('-m', 'pip', 'install', '-q', '-c', 'constraints.txt', f'{wheel}[mmseg]')
    script = (
        'import importlib, pkgutil, mmseg_ext\n'
        'for each in pkgutil.walk_packages(mmseg_ext.__path__, "mmseg_ext."):\n'
        '    importlib.import_module(each.name)\n'
        'print(mmseg_ext.__file__)'
    )
    assert run('-c', script).splitlines()[-1].startswith(str(site))
