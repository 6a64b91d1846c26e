"""Many small jobs on all cores, with a progress bar."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import parent_process
from threading import Thread
from typing import TypeVar

import cv2
from rich.console import Console
from rich.progress import track

Task = TypeVar('Task')
Result = TypeVar('Result')


def run_parallel(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    description: str,
    *,
    workers: int | None = None,
    quiet: bool = False,
) -> list[Result]:
    """Apply a function to every task in a pool of processes, or in this one with one worker.

    Args:
        function: A picklable function of one task.
        tasks: Picklable tasks.
        description: What the progress bar, on standard error, calls the work.
        workers: Processes; all cores where None.
        quiet: Whether to draw no progress bar.

    Returns:
        The results in the order of the tasks.
    """
    if not tasks:
        return []
    console = Console(stderr=True)
    shown = partial(
        track, description=description, total=len(tasks), console=console, disable=quiet
    )
    workers = min(len(tasks), workers or _cores())
    if workers == 1:
        return list(shown(map(function, tasks)))
    pool = ProcessPoolExecutor(workers, initializer=_start_worker)
    try:
        chunk = max(1, min(16, len(tasks) // workers // 4))
        return list(shown(pool.map(function, tasks, chunksize=chunk)))
    finally:
        # After an interruption, what is queued must not be worked off first.
        pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start_worker() -> None:
    # Ctrl-C reaches all processes; the main one ends the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the main one has ended, by SIGTERM or SIGKILL too."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
