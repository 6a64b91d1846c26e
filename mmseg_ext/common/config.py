"""Reads a config and applies what the command line says about it."""

import inspect
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from mmseg_ext.common.config_parts import type_name, with_pipelines
from mmseg_ext.common.custom_imports import find_beside, import_custom
from mmseg_ext.common.errors import ConfigError, nearest

# Top-level keys that mmengine, mmseg's tools or ours read besides the arguments of `Runner`.
_ALSO_READ = {
    'activation_checkpointing', 'allow_overlap', 'compile', 'efficient_conv_bn_eval',
    'find_unused_parameters', 'model_wrapper_cfg', 'runner_type', 'sync_bn', 'tta_model',
    'tta_pipeline',
}  # fmt: skip


def load_config(path: str, options: Mapping[str, Any] | None = None) -> Config:
    """Read a config file and merge `--cfg-options` into it.

    Unlike mmengine's own merge, `data_root=DIR` reaches every data set that used the config's
    `data_root`, and an option that could not have any effect is an error.

    Args:
        path: The config file.
        options: Dotted keys and their values, as mmengine's `DictAction` parses them.

    Returns:
        The config.

    Raises:
        ConfigError: The file or one of its bases is missing, cannot be read, a module that it
            imports is missing or fails, or an option names nothing that the config has.
    """
    find_beside([Path(path).resolve().parent])
    config = _read(path)
    import_custom(config, path)
    options = dict(options or {})
    for key in options:
        _check_option(config, key)
    if 'data_root' in options:
        _set_data_root(config, str(options.pop('data_root')))
    try:
        config.merge_from_dict(options)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ConfigError(f'--cfg-options cannot be merged into {path}: {error.args[0]}') from error
    return config


def parse_options(pairs: Sequence[str]) -> dict[str, Any]:
    """Parse the `KEY=VALUE` pairs of `--cfg-options` as mmseg's tools do.

    Raises:
        ConfigError: One of them is none.
    """
    parser = ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    try:
        return parser.parse_args(['--cfg-options', *pairs]).cfg_options if pairs else {}
    except (ValueError, AssertionError):
        raise ConfigError(f'--cfg-options takes key=value pairs, got: {" ".join(pairs)}') from None


def set_work_dir(config: Config, work_dir: str | None) -> None:
    """Set where a run writes: the command line, else the config's own, else `work_dirs/<name>`."""
    config.work_dir = work_dir if work_dir is not None else str(work_dir_of(config))


def work_dir_of(config: Config) -> Path:
    """Return where a config writes: its own `work_dir`, else `work_dirs/<name>`."""
    return Path(config.get('work_dir') or Path('work_dirs') / Path(config.filename).stem)


def set_seed(config: Config, seed: int | None) -> None:
    """Set the seed of every random generator, keeping the config's other `randomness` settings."""
    if seed is not None:
        config.randomness = {**(config.get('randomness') or {}), 'seed': seed}


def use_mixed_precision(config: Config) -> None:
    """Turn on automatic mixed precision.

    Raises:
        ConfigError: The config's optimizer wrapper is neither `OptimWrapper` nor one that works in
            mixed precision already.
    """
    wrapper = config.get('optim_wrapper', {})
    kind = type_name(wrapper) or 'OptimWrapper'
    if kind in ('AmpOptimWrapper', 'BFloat16OptimWrapper'):
        return
    if kind != 'OptimWrapper':
        raise ConfigError(f'--amp replaces an optim_wrapper of type OptimWrapper, found {kind!r}')
    config.optim_wrapper = {**wrapper, 'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic'}


def use_test_time_augmentation(config: Config) -> None:
    """Predict with the config's `tta_pipeline` and `tta_model`, as mmseg's `--tta` does.

    Raises:
        ConfigError: The config defines no test-time augmentation, or no test data set with a
            pipeline of its own or of a data set that it wraps.
    """
    for key in ('tta_pipeline', 'tta_model', 'model'):
        if key not in config:
            raise ConfigError(f'--tta needs {key} in the config, and there is none')
    datasets = with_pipelines((config.get('test_dataloader') or {}).get('dataset'))
    if not datasets:
        raise ConfigError('--tta needs a test_dataloader whose data set has a pipeline')
    for dataset in datasets:
        dataset.pipeline = config.tta_pipeline
    config.tta_model.module = config.model
    config.model = config.tta_model


def _read(path: str) -> Config:
    if not Path(path).is_file():
        raise ConfigError(f'no config file {path}')
    try:
        return Config.fromfile(path, import_custom_modules=False)
    except Exception as error:
        where = _file_being_read(error) or path
        what = f'{type(error).__name__}: {error.args[0] if error.args else error}'
        if isinstance(error, SyntaxError):
            what = f'line {error.lineno}: {error.msg}'
        elif isinstance(error, FileNotFoundError):
            what = f'no such base file: {error.filename or error}'
        elif isinstance(error, ImportError):
            what = str(error)
        elif not isinstance(error, (NameError, KeyError, TypeError, ValueError, OSError)):
            raise
        raise ConfigError(f'cannot read config {where}: {what}') from error


def _file_being_read(error: BaseException) -> str | None:
    """Find which of the config and its bases mmengine was reading when it failed."""
    found, traceback = None, error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_name in ('_file2dict', '_get_base_files', '_validate_py_syntax'):
            found = traceback.tb_frame.f_locals.get('filename', found)
        traceback = traceback.tb_next
    return None if found is None else str(found)


def _check_option(config: Config, key: str) -> None:
    first, _, rest = key.partition('.')
    read = set(inspect.signature(Runner.__init__).parameters) - {'self'} | _ALSO_READ
    if first in read or first == 'data_root':
        return
    if first not in config:
        known = sorted(read | set(config.keys()))
        raise ConfigError(f'--cfg-options {key}: no such key in the config{nearest(first, known)}')
    copies = list(_copies(config, first))
    if copies:
        places = ', '.join(f'{place}.{rest}' if rest else place for place in copies[:4])
        raise ConfigError(
            f'--cfg-options {key} would change nothing, because {first} is only a name inside the '
            f'config file; set {places}'
        )


def _copies(config: Config, name: str) -> Iterator[str]:
    """Yield the places that hold the same value as a top-level name of the config."""
    value = config[name]
    specific = isinstance(value, (dict, list, tuple)) and bool(value)

    def search(node: Any, path: str) -> Iterator[str]:
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in items:
            here = f'{path}.{key}' if path else str(key)
            if path == '' and key == name:
                continue
            if child == value and (specific or key == name):
                yield here
            elif isinstance(child, (dict, list)):
                yield from search(child, here)

    yield from search(config._cfg_dict, '')


def _set_data_root(config: Config, root: str) -> None:
    before = config.get('data_root')
    changed = 0

    def replace(node: Any) -> None:
        nonlocal changed
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            if key == 'data_root' and before in (None, child):
                node[key] = root
                changed += 1
            elif isinstance(child, (dict, list)):
                replace(child)

    for split in ('train', 'val', 'test'):
        replace(config.get(f'{split}_dataloader') or {})
    if not changed:
        raise ConfigError('--cfg-options data_root: no data set in the config has a data_root')
    config.data_root = root
