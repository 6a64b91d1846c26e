"""SIGTERM and SIGUSR1, by which a scheduler says that it is about to end a run; Ctrl-C's SIGINT.

Source: our decision; signal(7), and Slurm's `--signal` and preemption.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

# Windows has no SIGUSR1.
STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ('SIGTERM', 'SIGUSR1', 'SIGINT') if hasattr(signal, name)
)
# Seconds. torchrun passes on what its processes get from the scheduler as well.
_ONE_STOP = 2.0
_TORCHRUN = 'TORCHELASTIC_RUN_ID'
_NOTED = (
    b'\ninterrupted: the training ends after this iteration, with a checkpoint; another Ctrl-C '
    b'ends it at once\n'
)


class Stopped(SystemExit):
    """A signal ended a training; the exit code is 128 and its number, as shells have it.

    No `Exception`: nothing that handles faults of files or samples shall take it for one.

    Args:
        number: The signal's.
        message: What was saved, and how to go on.
    """

    def __init__(self, number: int, message: str) -> None:
        super().__init__(128 + number)
        name = signal.Signals(number).name
        by = 'interrupted' if number == signal.SIGINT else f'stopped by {name}'
        self.message = f'{by}: {message}'


class StopSignals:
    """Notes a signal while a `with` statement runs, for whoever can end the training well.

    Until `wait` is called, the signal raises `Stopped` at once, wherever the training is. Another
    one, two seconds later or more, ends the process as if it had not been noted. A second Ctrl-C
    raises KeyboardInterrupt without delay, but under torchrun, which passes on the first.
    """

    def __init__(self) -> None:
        self.received = 0
        self._at = 0.0
        self._waits = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> 'StopSignals':
        """Install the handlers."""
        # Python takes handlers in its main thread only; what a parent had ignored stays so.
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType
    ) -> None:
        """Put back those from before."""
        for number, handler in self._before.items():
            # None is a handler that was not set from Python.
            signal.signal(number, handler or signal.SIG_DFL)

    @property
    def waits(self) -> bool:
        """Whether the training itself ends at the next good moment."""
        return self._waits

    def wait(self) -> None:
        """Let the training look at `received`."""
        self._waits = True

    def end_at_once(self) -> None:
        """Raise `Stopped` at the next signal, or now where one came.

        Raises:
            Stopped: A signal came before.
        """
        self._waits = False
        if self.received:
            raise Stopped(self.received, 'the same command with --resume goes on')

    def over(self) -> None:
        """Let Ctrl-C end what follows a training at once, and not be noted in vain.

        Raises:
            KeyboardInterrupt: It came before.
        """
        if self.received == signal.SIGINT:
            raise KeyboardInterrupt
        if self._before.get(signal.SIGINT):
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            if number == signal.SIGINT == self.received and _TORCHRUN not in os.environ:
                raise KeyboardInterrupt
            if time.monotonic() - self._at >= _ONE_STOP:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        self.received, self._at = number, time.monotonic()
        if not self._waits:
            raise Stopped(
                number, 'nothing was trained since the start; the same command begins it again'
            )
        if number == signal.SIGINT:
            _say_that_it_is_noted()


def _say_that_it_is_noted() -> None:
    # It loads torch, which the commands without a training do without.
    from mmseg_ext.training.launch import is_main_process

    if is_main_process():
        # Not by print: the signal may have come within one.
        with suppress(OSError):
            os.write(2, _NOTED)


class Shielded:
    """What a data-loading worker does first: leave signals to the training.

    Many schedulers send one to every process. A worker that ended by it would take the training
    along before that can save anything.

    Args:
        then: What the worker does next, given its number.
    """

    def __init__(self, then: Callable[[int], None] | None) -> None:
        self._then = then

    def __call__(self, worker: int) -> None:
        """Ignore all, but SIGTERM from the training itself, which so ends its workers."""
        if hasattr(signal, 'sigwaitinfo'):
            signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
            threading.Thread(target=_heed_parent, args=(os.getppid(),), daemon=True).start()
        if self._then is not None:
            self._then(worker)


def _heed_parent(parent: int) -> None:
    while True:
        information = signal.sigwaitinfo(STOP_SIGNALS)
        if information.si_signo == signal.SIGTERM and information.si_pid == parent:
            os._exit(0)
