"""Explains why mmengine could not build what a config asks for.

A mistake in a config surfaces deep inside `Registry.build` as a KeyError, TypeError or ValueError.
The traceback tells which class was being built, so that the message can name it; an exception that
does not come from the construction of a registered class is a bug and is not explained.
"""

import inspect
import linecache
import re
from types import FrameType, TracebackType
from typing import Any

import mmengine.runner.runner
from mmengine.registry import Registry, build_functions

from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.training.init_errors import explain_init_error

# A class of ours may be registered as the function that makes it, which has no `__init__`.
_UNEXPECTED = re.compile(r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r'(\w+)(?:\.__init__)?\(\) missing \d+ required [\w-]+ arguments?: (.*)')
# mmengine joins the serialized samples of a data set.
_NO_SAMPLES = 'need at least one array to concatenate'


def built_from_config(error: BaseException) -> bool:
    """Tell whether the exception was raised while a registry built an object from a config."""
    return _innermost_build(error.__traceback__) is not None


def explain_build_error(error: Exception) -> ConfigError | None:
    """Turn an exception out of `Registry.build`, or of an `init_cfg`, into one about the config.

    Args:
        error: The exception, with its traceback.

    Returns:
        The explanation, or None where the exception does not come from the config: it then is a bug
        whose traceback is needed.
    """
    build = _innermost_build(error.__traceback__)
    if build is None:
        return explain_init_error(error)
    frame, below = build
    if isinstance(error, KeyError) and not below:
        return _explain_unknown_name(error, frame)
    if isinstance(error, TypeError):
        explained = _explain_arguments(str(error), frame, below)
        if explained:
            return explained
    built = frame.f_locals.get('obj_cls')
    if isinstance(error, (FileNotFoundError, NotADirectoryError)) and _builds_data_set(frame):
        return ConfigError(f'{_name(built)} in the config: there is no {error.filename}')
    if _NO_SAMPLES in str(error) and _builds_data_set(frame):
        return ConfigError(
            f'{_name(built)} in the config finds no samples; correct data_prefix, the suffixes of '
            'images and labels, or indices'
        )
    if not isinstance(error, (ValueError, TypeError, KeyError, AssertionError)):
        return None
    if isinstance(error, KeyError) and _misses_type(error):
        return ConfigError(
            f"a part of {_name(built)}, such as norm_cfg or act_cfg, has no 'type' in the config"
        )
    if _in_constructors(below, built) and _deliberate(below):
        # An assertion without a text says what it wants itself.
        text = error.args[0] if error.args else _source(below)
        return ConfigError(f'{_name(built)} in the config: {text}')
    return None


def _innermost_build(
    traceback: TracebackType | None,
) -> tuple[FrameType, list[tuple[FrameType, int]]] | None:
    """Return the last frame of `build_from_cfg` and the frames (with lines) that it called."""
    build: FrameType | None = None
    below: list[tuple[FrameType, int]] = []
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code is build_functions.build_from_cfg.__code__:
            build, below = frame, []
        else:
            below.append((frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return None if build is None else (build, below)


def _explain_unknown_name(error: KeyError, frame: FrameType) -> ConfigError | None:
    registry, name = frame.f_locals.get('registry'), frame.f_locals.get('obj_type')
    if not isinstance(registry, Registry):
        return None
    if not isinstance(name, str):
        return ConfigError(
            f"a {registry.name} has no 'type' in the config: {frame.f_locals['cfg']}"
        )
    if f'{name} is not in the' not in str(error):
        return None
    return ConfigError(
        f'no {registry.name} is called {name!r}{nearest(name, _names(registry))} (A class of your '
        "own must be imported: custom_imports = dict(imports=['your_module']).)"
    )


def _builds_data_set(frame: FrameType) -> bool:
    registry = frame.f_locals.get('registry')
    return isinstance(registry, Registry) and registry.name == 'dataset'


def _names(registry: Registry) -> list[str]:
    names = list(registry.module_dict)
    if registry.parent is not None:
        names += _names(registry.parent)
    return names


def _explain_arguments(
    message: str, frame: FrameType, below: list[tuple[FrameType, int]]
) -> ConfigError | None:
    """Explain arguments that a class does not take, or lacks."""
    unexpected, missing = _UNEXPECTED.search(message), _MISSING.search(message)
    match = unexpected or missing
    if match is None:
        return None
    built = frame.f_locals.get('obj_cls')
    if _in_constructors(below, built):
        pass
    elif inspect.getmodule(below[-1][0]) is mmengine.runner.runner:
        # The runner passes a config's other keys on, e.g. those of a dataloader.
        built = below[-1][0].f_globals.get(match.group(1))
    else:
        return None
    if missing:
        return ConfigError(f'{_name(built)} in the config lacks {missing.group(2)}')
    argument = match.group(2)
    made = built if inspect.isclass(built) else type(_made(below))
    advice = nearest(argument, _arguments(made)) or (
        '; remove it, or put _delete_=True beside the type where a base config gives it'
    )
    return ConfigError(f'{_name(built)} in the config takes no argument {argument!r}{advice}')


def _made(below: list[tuple[FrameType, int]]) -> Any:
    """Return what a registered function was making."""
    made = (frame.f_locals.get('self') for frame, _ in below)
    return next((each for each in made if each is not None), None)


def _arguments(built: type) -> list[str]:
    """Return the arguments that a class takes: those of a parent only where it passes others on."""
    names: list[str] = []
    for owner in inspect.getmro(built):
        if '__init__' not in vars(owner):
            continue
        parameters = list(inspect.signature(vars(owner)['__init__']).parameters.values())[1:]
        names += [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
        if all(each.kind is not each.VAR_KEYWORD for each in parameters):
            break
    return names


def _name(built: Any) -> str:
    return getattr(built, '__name__', str(built))


def _in_constructors(below: list[tuple[FrameType, int]], built: Any) -> bool:
    """Tell whether the object was being constructed: also in a method that constructors call."""
    frames = [frame for frame, _ in below]
    if frames and frames[0].f_code is getattr(built, '__code__', None):
        frames = frames[1:]
    constructors = [frame for frame in frames if frame.f_code.co_name == '__init__']
    made = constructors[-1].f_locals.get('self') if constructors else None
    helpers = frames[len(constructors) :]
    return frames[: len(constructors)] == constructors and all(
        made is not None
        and (frame.f_locals.get('self') is made or frame.f_locals.get('cls') is type(made))
        for frame in helpers
    )


def _misses_type(error: KeyError) -> bool:
    """Tell whether mmcv misses the type of a layer, as in norm_cfg=dict(requires_grad=True)."""
    return error.args == ('type',) or 'must contain the key "type"' in str(error)


def _deliberate(below: list[tuple[FrameType, int]]) -> bool:
    """Tell whether a constructor refused its arguments: its own `raise` or `assert` ended it."""
    return bool(below) and _source(below).startswith(('raise ', 'assert '))


def _source(below: list[tuple[FrameType, int]]) -> str:
    frame, line = below[-1]
    return linecache.getline(frame.f_code.co_filename, line).strip()
