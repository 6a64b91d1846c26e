"""Many small jobs on all cores, with a progress bar."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import parent_process
from threading import Thread
from typing import TypeVar

import cv2
from rich.console import Console
from rich.progress import track

Task = TypeVar('Task')
Result = TypeVar('Result')


def run_parallel(
    function: Callable[[Task], Result], tasks: Sequence[Task], description: str
) -> list[Result]:
    """Apply a function to every task in a pool of processes.

    Args:
        function: A picklable function of one task.
        tasks: Picklable tasks.
        description: What the progress bar, on standard error, calls the work.

    Returns:
        The results in the order of the tasks.
    """
    if not tasks:
        return []
    workers = min(
        len(tasks),
        len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1,
    )
    pool = ProcessPoolExecutor(workers, initializer=_start_worker)
    try:
        results = pool.map(function, tasks, chunksize=max(1, min(16, len(tasks) // workers // 4)))
        return list(track(results, description, total=len(tasks), console=Console(stderr=True)))
    finally:
        # After an interruption, what is queued must not be worked off first.
        pool.shutdown(wait=True, cancel_futures=True)


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
