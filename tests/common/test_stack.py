"""The stack check in real processes, each with an installation laid out on disk."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

MODULES = {'torch': '2.13.0', 'mmengine': '0.10.12', 'mmcv': '2.3.6', 'mmseg': '1.4.2'}
HOSTS = ('registry', 'models', 'datasets', 'evaluation')
MAINTAINED = {
    'torch': 'torch',
    'mmengine': 'onedl-mmengine',
    'mmcv': 'onedl-mmcv',
    'mmseg': 'onedl-mmsegmentation',
}


def install(site: Path, module: str, version: str, distribution: str, code: str = '') -> Path:
    """Lay out a package and its metadata the way pip does; returns the package's folder."""
    package = site / module
    package.mkdir(parents=True)
    source = f'__version__ = {version!r}\n' + textwrap.dedent(code)
    (package / '__init__.py').write_text(source, encoding='utf-8')
    info = site / f'{distribution.replace("-", "_")}-{version}.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(
        f'Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n', encoding='utf-8'
    )
    (info / 'top_level.txt').write_text(f'{module}\n', encoding='utf-8')
    return package


def install_stack(site: Path, versions: dict[str, str], distributions: dict[str, str]) -> None:
    site.mkdir()
    for module, version in versions.items():
        package = install(site, module, version, distributions[module])
        if module == 'mmseg':
            for host in HOSTS:
                (package / f'{host}.py').touch()


def check_stack(site: Path, repository: Path) -> tuple[int, str]:
    """Run the check; returns its exit status and what it writes to stderr."""
    ended = run_check(site, repository)
    return ended.returncode, ended.stderr.strip()


def run_check(site: Path, repository: Path) -> subprocess.CompletedProcess[str]:
    """Run the check in a Python that has the standard library and `site` alone."""
    # The package's own __init__ registers plugins, which a laid-out stack cannot do.
    code = f"""
        import importlib.util
        path = {str(repository / 'mmseg_ext' / 'common' / 'stack.py')!r}
        spec = importlib.util.spec_from_file_location('stack', path)
        stack = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(stack)
        try:
            stack.check_stack()
        except ImportError as error:
            raise SystemExit(str(error))
        """
    return subprocess.run(
        [sys.executable, '-S', '-c', textwrap.dedent(code)],
        env={**os.environ, 'PYTHONPATH': str(site)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_whole_stack_passes(tmp_path, repository):
    install_stack(tmp_path / 'site', MODULES, MAINTAINED)
    assert check_stack(tmp_path / 'site', repository) == (0, '')


def test_the_original_distributions_pass(tmp_path, repository):
    versions = {'torch': '2.1.0', 'mmengine': '0.10.7', 'mmcv': '2.1.0', 'mmseg': '1.2.2'}
    names = {'torch': 'torch', 'mmengine': 'mmengine', 'mmcv': 'mmcv', 'mmseg': 'mmsegmentation'}
    install_stack(tmp_path / 'site', versions, names)
    assert check_stack(tmp_path / 'site', repository) == (0, '')


def test_nothing_installed(tmp_path, repository):
    (tmp_path / 'site').mkdir()
    assert check_stack(tmp_path / 'site', repository) == (
        1,
        'mmseg_ext needs a working mmsegmentation stack. Found:\n'
        '  torch     missing; 2.0.0 or newer is needed\n'
        '  mmengine  missing; 0.10.0 or newer is needed\n'
        '  mmcv      missing; 2.0.1 or newer is needed\n'
        '  mmseg     missing; 1.2.2 or newer is needed\n'
        "The import fails with ModuleNotFoundError: No module named 'torch'\n"
        'To install the maintained stack, run:\n'
        '  python -m pip install "torch>=2.0.0" "onedl-mmsegmentation>=1.4" "onedl-mmcv>=2.3"'
        ' "onedl-mmengine>=0.10.12"',
    )


def test_old_modules_are_named_with_their_distributions(tmp_path, repository):
    versions = {**MODULES, 'mmcv': '1.7.2', 'mmseg': '0.30.0'}
    names = {**MAINTAINED, 'mmcv': 'mmcv-full', 'mmseg': 'mmsegmentation'}
    install_stack(tmp_path / 'site', versions, names)
    status, message = check_stack(tmp_path / 'site', repository)
    assert status == 1
    assert '  torch     2.13.0 (from torch 2.13.0)\n' in message
    assert '  mmcv      1.7.2 (from mmcv-full 1.7.2); 2.0.1 or newer is needed\n' in message
    assert '  mmseg     0.30.0 (from mmsegmentation 0.30.0); 1.2.2 or newer is needed\n' in message
    assert 'The import fails' not in message
    assert message.endswith(
        '  python -m pip uninstall -y mmcv-full mmsegmentation && python -m pip install'
        ' "onedl-mmsegmentation>=1.4" "onedl-mmcv>=2.3" "onedl-mmengine>=0.10.12"'
    )


@pytest.mark.parametrize('name', ['2.0.1rc1', '2.0.1', '2.1.0', '2.10'])
def test_versions_are_compared_as_numbers(tmp_path, repository, name):
    install_stack(tmp_path / 'site', {**MODULES, 'mmcv': name}, MAINTAINED)
    assert check_stack(tmp_path / 'site', repository)[0] == 0


def test_a_module_that_breaks_at_import(tmp_path, repository):
    versions = {name: version for name, version in MODULES.items() if name != 'mmseg'}
    install_stack(tmp_path / 'site', versions, MAINTAINED)
    install(
        tmp_path / 'site',
        'mmseg',
        '1.2.2',
        'mmsegmentation',
        "assert False, 'MMCV==2.3.6 is used but incompatible.'",
    )
    status, message = check_stack(tmp_path / 'site', repository)
    assert status == 1
    assert '  mmseg     does not import (from mmsegmentation 1.2.2)' in message
    assert 'fails with AssertionError: MMCV==2.3.6 is used but incompatible.' in message


def test_missing_compiled_operators(tmp_path, repository):
    names = {**MAINTAINED, 'mmcv': 'mmcv-lite', 'mmseg': 'mmsegmentation'}
    install_stack(tmp_path / 'site', {**MODULES, 'mmcv': '2.1.0', 'mmseg': '1.2.2'}, names)
    models = tmp_path / 'site' / 'mmseg' / 'models.py'
    models.write_text('import mmcv._ext\n', encoding='utf-8')
    status, message = check_stack(tmp_path / 'site', repository)
    assert status == 1
    assert '  mmcv      2.1.0 (from mmcv-lite 2.1.0)\n' in message
    assert "fails with ModuleNotFoundError: No module named 'mmcv._ext'" in message
    assert 'uninstall -y mmcv-lite mmsegmentation' in message


def test_the_import_is_silent():
    ended = subprocess.run(
        [sys.executable, '-c', 'import mmseg_ext'], capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == ('', '')


def test_only_known_notices_of_the_stack_are_left_out(tmp_path, repository):
    install_stack(tmp_path / 'site', MODULES, MAINTAINED)
    models = tmp_path / 'site' / 'mmseg' / 'models.py'
    models.write_text(
        'import warnings\n'
        'print("Could not import OneDL")\n'
        'print("Could not import OneDL models")\n'
        'warnings.warn("Fail to import ``MultiScaleDeformableAttention`` from ...")\n'
        'warnings.warn("Fail to import ``RoIAlign``")\n',
        encoding='utf-8',
    )
    ended = run_check(tmp_path / 'site', repository)
    assert ended.returncode == 0
    assert ended.stdout == 'Could not import OneDL models\n'
    assert 'UserWarning: Fail to import ``RoIAlign``' in ended.stderr
    assert 'MultiScaleDeformableAttention' not in ended.stderr
