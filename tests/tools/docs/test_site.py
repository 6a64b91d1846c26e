"""What makes the site of the documents: what is copied, checked and listed."""

import re
import subprocess
import sys
from importlib import import_module
from pkgutil import walk_packages

import pytest
from mmengine.registry import Registry, root
from mmseg.registry import registry

import mmseg_ext
from mmseg_ext.commands.parser.front import COMMANDS


@pytest.fixture
def docs_tools(repository, monkeypatch):
    """Import a module of tools/docs."""
    monkeypatch.syspath_prepend(repository / 'tools/docs')
    return import_module


def test_pages_and_what_they_link_to_are_copied(docs_tools, repository, tmp_path):
    docs_tools('stage').stage(repository, tmp_path / 'site')
    for name in (
        'README.md', 'docs/guides/reports.md', 'docs/images/study.png',
        'configs/study/baseline.py', 'site.css',
    ):  # fmt: skip
        assert (tmp_path / 'site' / name).is_file(), name
    assert not list((tmp_path / 'site').rglob('report.json'))
    commands = (tmp_path / 'site/docs/reference/command-line.md').read_text()
    listed = re.findall(r'^## `(\S+)`\n\n```text\nusage: mmseg-debias', commands, re.MULTILINE)
    assert listed == ['mmseg-debias', *COMMANDS]
    assert '### `report compare`' in commands and '--baseline RUN' in commands


def test_a_document_that_the_navigation_leaves_out_is_named(docs_tools, tmp_path):
    (tmp_path / 'docs').mkdir()
    for name in ('known.md', 'forgotten.md'):
        (tmp_path / 'docs' / name).write_text('# A page\n')
    (tmp_path / 'mkdocs.yml').write_text('nav:\n  - Guides:\n    - Known: docs/known.md\n')
    with pytest.raises(SystemExit, match=r'mkdocs\.yml: docs/forgotten\.md$'):
        docs_tools('stage').stage(tmp_path, tmp_path / 'site')


WHOLE = """<html><head><link rel="canonical" href="https://example.org/"></head><body>
<h1 id="top">A</h1> <a href="folder/b.html#there">b</a> <a href="#top">up</a>
<a href="folder/">b</a> <a href="https://example.org/paper">waits for a click</a>
<img src="picture.png">
<script>fetch</script><style>p { background: url("picture.png") }</style></body></html>"""
BROKEN = {
    'href="#top"': ('href="#nowhere"', 'a.html links to #nowhere, where no such anchor is'),
    'b.html#there': ('b.html#gone', 'a.html links to folder/b.html#gone, where no such anchor is'),
    'folder/b.html': ('folder/c.html', 'a.html links to folder/c.html#there, which is not there'),
    '<img src="picture.png">': (
        '<img src="gone.png">',
        'a.html links to gone.png, which is not there',
    ),
    '<script>': (
        '<script src="https://cdn.example.org/a.js">',
        'a.html loads https://cdn.example.org/a.js',
    ),
    '<h1 id="top">': (
        '<h1 id="top" class="large mermaid">',
        'a.html loads https://unpkg.com/mermaid',
    ),
    'rel="canonical"': ('rel="stylesheet"', 'a.html loads https://example.org/'),
    'url("picture.png")': ('url("//example.org/a.woff")', 'a.html loads //example.org/a.woff'),
}


@pytest.mark.parametrize('replaced', [None, *BROKEN])
def test_a_built_site_is_checked(repository, tmp_path, replaced):
    (tmp_path / 'folder').mkdir()
    for name in ('b.html', 'index.html'):
        (tmp_path / 'folder' / name).write_text('<p id="there">here</p>')
    (tmp_path / 'picture.png').touch()
    new, said = BROKEN.get(replaced, ('', ''))
    (tmp_path / 'a.html').write_text(WHOLE.replace(replaced, new) if replaced else WHOLE)
    done = subprocess.run(
        [sys.executable, repository / 'tools/docs/check.py', tmp_path],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr.strip() == said
    assert done.returncode == (1 if replaced else 0)


# What `test --show-dir` puts into a config itself.
NOT_FOR_USERS = {'mmseg_ext.training.reporting.painted_images.PaintedImageBackend'}


def test_every_plugin_is_among_the_config_options(repository):
    for module in walk_packages(mmseg_ext.__path__, 'mmseg_ext.'):
        if not module.name.endswith('__main__'):
            import_module(module.name)
    registries = [
        value
        for module in (root, registry)
        for value in vars(module).values()
        if isinstance(value, Registry)
    ]
    plugins = {
        f'{built.__module__}.{name}'
        for each in registries
        for name, built in each.module_dict.items()
        if built.__module__.startswith('mmseg_ext.')
    }
    assert len(plugins) > 40
    text = (repository / 'docs/reference/config-options.md').read_text(encoding='utf-8')
    assert sorted(re.findall(r'^::: (\S+)$', text, re.MULTILINE)) == sorted(plugins - NOT_FOR_USERS)
