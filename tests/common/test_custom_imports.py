"""Modules beside a config and its bases, wherever the tool starts."""

import sys

import pytest

from mmseg_ext.common.config import load_config
from mmseg_ext.common.errors import ConfigError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Nothing of a test stays in this process, which does not run where the configs are."""
    monkeypatch.chdir('/')
    monkeypatch.setattr(sys, 'path', list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path):
    def file(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
        return str(path)

    return file


IMPORTS = "custom_imports = dict(imports=['{}'], allow_failed_imports=False)\n"


@pytest.mark.parametrize('name', ['own_part.py', 'own_part/__init__.py'])
def test_beside_the_config(write, name):
    write(name, 'value = 3\n')
    load_config(write('recipe.py', IMPORTS.format('own_part')))
    assert sys.modules['own_part'].value == 3


def test_beside_a_base(write):
    write('bases/own_base_part.py', 'value = 3\n')
    write('bases/base.py', IMPORTS.format('own_base_part'))
    load_config(write('more/recipe.py', "_base_ = '../bases/base.py'\n"))
    assert sys.modules['own_base_part'].value == 3


def test_what_the_config_itself_imports(write):
    write('own_constants.py', 'iterations = 7\n')
    text = 'import own_constants\ntrain_cfg = dict(max_iters=own_constants.iterations)\n'
    assert load_config(write('recipe.py', text)).train_cfg.max_iters == 7


@pytest.mark.parametrize(
    ('module', 'said'),
    [
        (None, "No module named 'own_part', neither in {folder} nor where Python looks"),
        ('import own_other\n', "No module named 'own_other', neither in {folder}"),
        ('from os import nothing\n', "ImportError: cannot import name 'nothing' from 'os'"),
        ('value = 1\nvalue.none\n', "'none' ({folder}/own_part.py, line 2)"),
        ('value = (\n', "SyntaxError: '(' was never closed (own_part.py, line 1)"),
    ],
)
def test_what_went_wrong_is_said(write, tmp_path, module, said):
    if module is not None:
        write('own_part.py', module)
    path = write('recipe.py', IMPORTS.format('own_part'))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f'custom_imports of {path}: ')
    assert said.format(folder=tmp_path) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_module_that_hides_it_is_named(write):
    write('rich.py', 'value = 3\n')
    path = write('recipe.py', IMPORTS.format('rich'))
    with pytest.raises(ConfigError, match=r'rich is .*rich/__init__\.py, which hides .*rich\.py: '):
        load_config(path)


def test_a_failure_that_the_config_allows(write):
    text = IMPORTS.format('own_none').replace('False', 'True')
    with pytest.warns(UserWarning, match='own_none failed to import and is ignored'):
        load_config(write('recipe.py', text))
