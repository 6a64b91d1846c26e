"""The check of the installed stack: torch, mmengine, mmcv and mmseg.

The import names are shared by two families of distributions: the original `mmsegmentation`,
`mmcv`, `mmcv-lite` and `mmengine`, and the maintained `onedl-*` ones. Either serves, so the check
looks at the modules themselves, never at the requirements of a distribution.
"""

import importlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec

# The oldest releases this package is tested on or known to work with.
MINIMUM = {'torch': '2.0.0', 'mmengine': '0.10.0', 'mmcv': '2.0.1', 'mmseg': '1.2.2'}

# `import mmseg` alone looks at version numbers only: the compiled operators of mmcv are first
# needed, and first missed, by these.
PLUGIN_HOSTS = ('mmseg.registry', 'mmseg.models', 'mmseg.datasets', 'mmseg.evaluation')

# Said at every import about parts that no plugin needs: a service of its makers, and an operator
# whose own registration is missed by name where a model wants it.
NOTICES = ('Could not import OneDL', 'Fail to import ``MultiScaleDeformableAttention``')

MAINTAINED = ('onedl-mmsegmentation>=1.4', 'onedl-mmcv>=2.3', 'onedl-mmengine>=0.10.12')


def check_stack() -> None:
    """Import mmsegmentation and what it stands on, and check their versions.

    Raises:
        ImportError: If a module is missing, too old, or present but broken (as mmcv without the
            compiled operators that an original mmsegmentation needs). The message names the
            version and the distribution found for each of the four and the command to run.
    """
    found: dict[str, str | None] = dict.fromkeys(MINIMUM)
    cause = None
    for module in MINIMUM:
        try:
            found[module] = str(importlib.import_module(module).__version__)
        except Exception as error:  # a broken module may raise anything at import
            # What fails first is the reason; the modules after it fail because of it.
            cause = cause or error
    old = {name for name, has in found.items() if has and _numbers(has) < _numbers(MINIMUM[name])}
    if cause is None and not old:
        try:
            with _without_notices():
                for module in PLUGIN_HOSTS:
                    importlib.import_module(module)
            return
        except Exception as error:
            cause = error
    raise ImportError(_message(found, old, cause)) from cause


@contextmanager
def _without_notices() -> Iterator[None]:
    """Leave `NOTICES` out of what is printed and warned of."""
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(printed):
            for notice in NOTICES:
                warnings.filterwarnings('ignore', re.escape(notice))
            yield
    finally:
        for line in printed.getvalue().splitlines():
            if line not in NOTICES:
                print(line)


def _numbers(release: str) -> tuple[int, ...]:
    """`'2.13.0+cpu'` as `(2, 13, 0)`: enough to compare releases without any dependency."""
    return tuple(int(part) for part in re.findall(r'\d+', release)[:3])


def _message(found: dict[str, str | None], old: set[str], cause: Exception | None) -> str:
    """The whole report: one line a module, the cause, the command."""
    owners = packages_distributions()
    lines = ['mmseg_ext needs a working mmsegmentation stack. Found:']
    for module, has in found.items():
        lines.append(f'  {module:<10}{_describe(module, has, owners.get(module, []), old)}')
    if cause is not None:
        reason = ' '.join(str(cause).split())
        lines.append(f'The import fails with {type(cause).__name__}: {reason}')
    lines.append('To install the maintained stack, run:')
    lines.append('  ' + _command(owners, torch_serves=bool(found['torch']) and 'torch' not in old))
    return '\n'.join(lines)


def _describe(module: str, has: str | None, distributions: list[str], old: set[str]) -> str:
    """What was found of one module, with its distribution and what is wrong with it."""
    need = f'{MINIMUM[module]} or newer is needed'
    source = ', '.join(f'{name} {version(name)}' for name in distributions)
    if has is None:
        state = 'does not import' if find_spec(module) else 'missing'
        return f'{state}{source and f" (from {source})"}; {need}'
    return f'{has}{source and f" (from {source})"}' + (f'; {need}' if module in old else '')


def _command(owners: Mapping[str, list[str]], *, torch_serves: bool) -> str:
    """The pip command; distributions that share the import names have to leave first."""
    wanted = list(MAINTAINED) if torch_serves else [f'torch>={MINIMUM["torch"]}', *MAINTAINED]
    install = 'python -m pip install ' + ' '.join(f'"{name}"' for name in wanted)
    originals = {
        name
        for module in ('mmengine', 'mmcv', 'mmseg')
        for name in owners.get(module, [])
        if not name.startswith('onedl-')
    }
    if not originals:
        return install
    return f'python -m pip uninstall -y {" ".join(sorted(originals))} && {install}'
