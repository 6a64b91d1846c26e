"""Each method is a room of its own: taken out, the package and the tests of the rest go on."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

GOES_WITH = {
    'debias': [
        'mmseg_ext/debias',
        'mmseg_ext/analysis/remainder.py',
        'tests/debias',
        'tests/analysis/test_remainder.py',
    ],
    'gmm': [
        'mmseg_ext/gmm',
        'mmseg_ext/analysis/mixture',
        'tests/gmm',
        'tests/analysis/mixture',
    ],
    'boundary': ['mmseg_ext/boundary', 'mmseg_ext/benchmark/targets.py', 'tests/boundary'],
    'hardness': ['mmseg_ext/hardness', 'tests/hardness'],
}
"""A method, what is about it alone, and the tests of that."""

METHODS = [f'tests/{method}' for method in GOES_WITH]
REST = [
    'tests/losses',
    'tests/models',
    'tests/calibration',
    'tests/prediction',
    'tests/analysis',
    'tests/benchmark',
    'tests/data/transforms/test_paste.py',
    'tests/data/transforms/test_swap.py',
    'tests/training/before_start/test_misfits.py',
    'tests/training/before_start/test_numbers_of_classes.py',
    'tests/training/before_start/test_ignored_label.py',
    'tests/test_examples.py',
]
TAKES_LONG = [
    'tests/boundary/test_targets_real.py',
    'tests/gmm/test_toy_streets.py',
]

# The clone is installed where the tests run: without this, it would lend what was taken out.
NOT_THE_CLONE = """
import sys
sys.meta_path = [
    finder for finder in sys.meta_path if '__editable__' not in getattr(finder, '__module__', '')
]
"""


def imported(source: Path) -> set[str]:
    """Return the modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f'{node.module}.{alias.name}' for alias in node.names)}
    return names


@pytest.mark.parametrize('method', GOES_WITH)
def test_only_what_goes_with_a_method_imports_it(method, repository):
    room = f'mmseg_ext.{method}'
    alone = [repository / name for name in GOES_WITH[method]]
    importing = {
        path.relative_to(repository).as_posix()
        for path in repository.glob('mmseg_ext/**/*.py')
        if not any(path == each or each in path.parents for each in alone)
        and any(name == room or name.startswith(f'{room}.') for name in imported(path))
    }
    assert importing == {'mmseg_ext/plugins.py'}


@pytest.fixture
def without(tmp_path, repository) -> Callable[..., Path]:
    """Make a copy of the package and its tests that lacks methods."""

    def make(*methods: str) -> Path:
        for name in ('mmseg_ext', 'configs', 'tests'):
            ignored = shutil.ignore_patterns('__pycache__')
            shutil.copytree(repository / name, tmp_path / name, ignore=ignored)
        for name in ('mmseg_debias.py', 'pyproject.toml'):
            shutil.copy(repository / name, tmp_path)
        (tmp_path / 'sitecustomize.py').write_text(NOT_THE_CLONE)
        for name in chain.from_iterable(GOES_WITH[method] for method in methods):
            path = tmp_path / name
            (shutil.rmtree if path.is_dir() else Path.unlink)(path)
        plugins = tmp_path / 'mmseg_ext' / 'plugins.py'
        lines = plugins.read_text().splitlines(keepends=True)
        gone = [['import', f'mmseg_ext.{method}'] for method in methods]
        kept = [line for line in lines if line.split() not in gone]
        assert len(kept) == len(lines) - len(methods)
        plugins.write_text(''.join(kept))
        return tmp_path

    return make


def python(copy: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=os.environ | {'PYTHONPATH': str(copy), 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    return ended.stdout


def run_tests(copy: Path, tests: list[str]) -> None:
    present = [path for path in tests if (copy / path).exists()]
    ignored = [f'--ignore={path}' for path in TAKES_LONG]
    python(copy, '-m', 'pytest', '-q', '-m', 'not slow', *ignored, *present)


@pytest.mark.slow
@pytest.mark.parametrize('method', GOES_WITH)
def test_the_other_methods_go_on(without, method):
    copy = without(method)
    code = f"""
import mmseg_ext
from importlib.util import find_spec
from mmseg.registry import MODELS
assert find_spec('mmseg_ext.{method}') is None
heads = dict(
    debias='ClassSuppressionHead', gmm='GMMSkipHead', boundary='EdgeHead', hardness='HardnessHead'
)
print([method for method, head in heads.items() if head in MODELS.module_dict])
"""
    others = [each for each in GOES_WITH if each != method]
    assert python(copy, '-c', code).splitlines()[-1] == str(others)
    run_tests(copy, METHODS)


@pytest.mark.slow
def test_the_rest_goes_on_without_any(without):
    run_tests(without(*GOES_WITH), REST)
