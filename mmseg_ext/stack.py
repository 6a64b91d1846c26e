"""The check of the installed stack: torch, mmengine, mmcv and mmseg.

The import names are shared by two families of distributions: the original `mmsegmentation`,
`mmcv`, `mmcv-lite` and `mmengine`, and the maintained `onedl-*` ones. Either serves, so the check
looks at the modules themselves, never at the requirements of a distribution.
"""

import importlib
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, packages_distributions, version

# The oldest releases this package is tested on or known to work with.
MINIMUM = {'torch': '2.0.0', 'mmengine': '0.10.0', 'mmcv': '2.0.1', 'mmseg': '1.2.2'}

# `import mmseg` alone looks at version numbers only: the compiled operators of mmcv are first
# needed, and first missed, by these.
PLUGIN_HOSTS = ('mmseg.registry', 'mmseg.models', 'mmseg.datasets', 'mmseg.evaluation')

MAINTAINED = ('onedl-mmsegmentation>=1.4', 'onedl-mmcv>=2.3', 'onedl-mmengine>=0.10.12')


def check_stack() -> None:
    """Import mmsegmentation and what it stands on, and check their versions.

    Raises:
        ImportError: If a module is missing, too old, or present but broken (as mmcv without the
            compiled operators that an original mmsegmentation needs). The message names the
            version and the distribution found for each of the four and the command to run.
    """
    found = {}
    cause = None
    for module in MINIMUM:
        try:
            found[module] = _module_version(module)
        except Exception as error:  # a broken module may raise anything at import
            found[module] = None
            cause = cause or error
    old = [name for name, has in found.items() if has and _numbers(has) < _numbers(MINIMUM[name])]
    if cause is None and not old:
        try:
            for module in PLUGIN_HOSTS:
                importlib.import_module(module)
        except Exception as error:
            cause = error
        else:
            return
    raise ImportError(_message(found, old, cause)) from cause


def _module_version(module: str) -> str:
    """The version of an importable module; raises what its import raises."""
    return str(importlib.import_module(module).__version__)


def _numbers(release: str) -> tuple[int, ...]:
    """`'2.13.0+cpu'` as `(2, 13, 0)`: enough to compare releases without any dependency."""
    return tuple(int(part) for part in re.findall(r'\d+', release)[:3])


def _message(
    found: dict[str, str | None], old: Sequence[str], cause: Exception | None
) -> str:
    """The whole report: one line a module, the cause, the command."""
    distributions = packages_distributions()
    lines = ['mmseg_ext needs a working mmsegmentation stack. Found:']
    replaced = []
    for module, has in found.items():
        owners = distributions.get(module, [])
        lines.append(f'  {module:<9}{_describe(module, has, owners, old)}')
        if module != 'torch':
            replaced += [name for name in owners if not name.startswith('onedl-')]
    if cause is not None:
        lines.append(f'The import fails with {type(cause).__name__}: {_one_line(cause)}')
    lines.append('To install the maintained stack, run:')
    lines.append(f'  {_command(found, old, replaced)}')
    return '\n'.join(lines)


def _describe(module: str, has: str | None, owners: list[str], old: Sequence[str]) -> str:
    """What was found of one module, with the distribution and its version where known."""
    need = f'{MINIMUM[module]} or newer is needed'
    source = f' (from {", ".join(_with_version(name) for name in owners)})' if owners else ''
    if has is None:
        return f'cannot be imported{source}; {need}' if owners else f'missing; {need}'
    return f'{has}{source}' + (f', too old: {need}' if module in old else '')


def _with_version(distribution: str) -> str:
    try:
        return f'{distribution} {version(distribution)}'
    except PackageNotFoundError:
        return distribution


def _command(found: dict[str, str | None], old: Sequence[str], replaced: list[str]) -> str:
    """The pip command; distributions that share the import names have to leave first."""
    wanted = list(MAINTAINED)
    if found['torch'] is None or 'torch' in old:
        wanted.insert(0, f'torch>={MINIMUM["torch"]}')
    install = 'python -m pip install ' + ' '.join(f'"{name}"' for name in wanted)
    if not replaced:
        return install
    return f'python -m pip uninstall -y {" ".join(sorted(set(replaced)))} && {install}'


def _one_line(error: Exception) -> str:
    return ' '.join(str(error).split())
