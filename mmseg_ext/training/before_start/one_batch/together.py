"""What one process of a training finds ends all of them, with one message."""

import functools
from collections.abc import Callable

from mmengine.dist import all_gather_object, get_world_size
from mmengine.runner import Runner

from mmseg_ext.common.errors import UserError

Check = Callable[[Runner], None]


def together(check: Check) -> Check:
    """Let a check that looks at the data of its own process fail in all of them."""

    @functools.wraps(check)
    def checked(runner: Runner) -> None:
        if get_world_size() == 1:
            check(runner)
            return
        error = _outcome(check, runner)
        found = [each for each in all_gather_object(_told(error)) if each is not None]
        if error is not None:
            raise error
        if found:
            kind, message = found[0]
            raise kind(message)

    return checked


def _outcome(check: Check, runner: Runner) -> Exception | None:
    try:
        check(runner)
    except Exception as error:
        return error
    return None


def _told(error: Exception | None) -> tuple[type[UserError], str] | None:
    if error is None:
        return None
    if isinstance(error, UserError):
        return type(error), str(error)
    # Its own process ends with the traceback.
    return UserError, f'another process failed: {type(error).__name__}: {error}'
