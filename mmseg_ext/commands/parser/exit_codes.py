"""How a command line ends: one clear line for what a user can mend, a traceback for a bug."""

import io
import os
import re
import sys
import threading
from collections.abc import Callable

from mmseg_ext.common.errors import ConfigError, MachineError, UserError
from mmseg_ext.common.machine_faults import machine_fault
from mmseg_ext.training.resuming.stop_signals import Stopped

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def run(main: Callable[[], int | None]) -> int:
    """Run the body of a command and turn how it ended into an exit code.

    Args:
        main: The body; it returns an exit code, or None for 0.

    Returns:
        0 for success; 2 when the command line or the config must change (a `ConfigError`, an
        unknown registry name, arguments that a class refuses, a data set that cannot be built
        because its folder is missing); 1 for any other `UserError`, where memory or the disk is
        full or a worker was killed, and where nobody reads the output any more; 130 after Ctrl-C;
        143 where SIGTERM and 138 where SIGUSR1 (128 and the signal's number) ended a training,
        which can be resumed then. The message goes to standard error, errors as `error: …`.

    Raises:
        Exception: Whatever else `main` raises: a bug keeps its traceback.
    """
    threads = threading.excepthook
    threading.excepthook = lambda raised: _report_thread(raised, threads)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of another encoding, or a file name of none, is no reason to end a run.
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        return main() or 0
    except (Exception, KeyboardInterrupt, Stopped) as error:
        code = _end(error)
        if code is None:
            raise
        return code
    finally:
        threading.excepthook = threads


def _end(error: BaseException) -> int | None:
    """Report how a command ended; gives the exit code, None for a bug."""
    interruption = _interruption(error)
    if isinstance(interruption, Stopped):
        from mmseg_ext.training.launch import is_main_process

        if is_main_process():
            print(interruption.message, file=sys.stderr)
        return int(str(interruption.code))
    if interruption is not None:
        print('interrupted', file=sys.stderr)
        return EXIT_INTERRUPTED
    if isinstance(error, UserError):
        usage = isinstance(error, ConfigError) or _built_from_config(error)
        return _report(error, EXIT_USAGE if usage else EXIT_FAILED)
    if isinstance(error, BrokenPipeError):
        # Whoever reads the output, such as `head`, has enough; what is buffered has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    if (fault := machine_fault(error)) is not None:
        return _report(MachineError(fault), EXIT_FAILED)
    explained = _explain_build_error(error) if isinstance(error, Exception) else None
    return None if explained is None else _report(explained, EXIT_USAGE)


# Nothing is built from a config before mmengine is loaded, which light commands do without.
def _built_from_config(error: UserError) -> bool:
    if 'mmengine' not in sys.modules:
        return False
    from mmseg_ext.training.build_errors import built_from_config

    return built_from_config(error)


def _explain_build_error(error: Exception) -> ConfigError | None:
    if 'mmengine' not in sys.modules:
        return None
    from mmseg_ext.training.build_errors import explain_build_error

    return explain_build_error(error)


def _report_thread(
    raised: threading.ExceptHookArgs, otherwise: Callable[[threading.ExceptHookArgs], object]
) -> None:
    fault = machine_fault(raised.exc_value)
    if fault is None:
        otherwise(raised)
    else:
        # TensorBoard's thread, for one, whose error is raised again where the next curve is drawn.
        print(f'warning: {fault}', file=sys.stderr)


def _interruption(error: BaseException | None) -> BaseException | None:
    """Return the interruption that an exception is or was made of.

    Libraries that catch everything make another exception of it: where mmengine formats a config,
    a SyntaxError.
    """
    while error is not None and not isinstance(error, (KeyboardInterrupt, Stopped)):
        error = error.__cause__ or error.__context__
    return error


def message_of(error: UserError) -> str:
    """Return an error's own message, without the traceback that a loader worker wraps it in.

    `torch.utils.data` re-raises what a worker raised with the worker's whole traceback as the
    message; the part that the user needs stands at its end.
    """
    text = str(error)
    if not re.match(r'Caught \w+ in DataLoader worker process', text):
        return text
    name = type(error).__name__
    last = list(re.finditer(rf'^(?:[\w.]+\.)?{name}: ', text, flags=re.MULTILINE))
    return text[last[-1].end() :].strip() if last else text


def _report(error: UserError, code: int) -> int:
    sys.stdout.flush()
    print(f'error: {message_of(error)}', file=sys.stderr)
    return code
