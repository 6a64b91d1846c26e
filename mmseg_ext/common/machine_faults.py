"""Recognises what is the machine's fault: memory or a disk that is full, a process that was killed.

Libraries report these as errors of many kinds, from the operating system's to a RuntimeError with a
text; none is a bug, and a traceback tells a user nothing.
"""

import errno
import re
from collections.abc import Iterator

_LESS_LOADING = 'use fewer data-loading workers (num_workers) or a smaller batch_size'
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SIGNAL = re.compile(r'is killed by signal: ([^.]*)')


def machine_fault(error: BaseException | None) -> str | None:
    """Explain an error that comes from the machine.

    Args:
        error: What was raised; what it was raised from, or because of, counts too.

    Returns:
        What happened and what to do, without a full stop; None for an error of another kind.
    """
    # What came first knows most.
    for cause in reversed(list(_causes(error))):
        for explain in (_shared_memory, _memory, _worker, _disk, _open_files):
            explained = explain(cause)
            if explained is not None:
                return explained
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _shared_memory(error: BaseException) -> str | None:
    text = str(error)
    written = 'torch_' in text and 'No space left on device' in text
    if written or re.search(
        r'is killed by signal: Bus error|unable to allocate shared memory', text
    ):
        return (
            'the shared memory (/dev/shm) through which data-loading workers pass images is full: '
            f'give more of it (in a container, --shm-size), or {_LESS_LOADING}'
        )
    return None


def _memory(error: BaseException) -> str | None:
    text = str(error)
    if type(error).__name__ == 'OutOfMemoryError':
        needed = re.search(r'Tried to allocate [^.]*\.?\d* \w+', text)
        return (
            f'the memory of the GPU is full{_in_brackets(needed)}: use a smaller batch_size or '
            'crop, or --amp'
        )
    system = isinstance(error, OSError) and error.errno == errno.ENOMEM
    # Of torch, of OpenCV, and of NumPy in a worker, where its class does not survive the trip.
    told = re.search(
        r"can't allocate memory: [^.\n]*|Failed to allocate \d+ bytes|Unable to allocate [^\n]*",
        text,
    )
    if isinstance(error, MemoryError) or system or told:
        return f'the memory of this machine is full{_in_brackets(told)}: {_LESS_LOADING}'
    return None


def _worker(error: BaseException) -> str | None:
    text = str(error)
    ended = _SIGNAL.search(text)
    if ended and ended.group(1) != 'Killed':
        return f'a data-loading worker ended ({ended.group(1)}): with num_workers=0 it shows where'
    if ended:
        return (
            'a data-loading worker was killed, as the system does when memory is full: '
            f'{_LESS_LOADING}'
        )
    if 'exited unexpectedly' in text and 'DataLoader worker' in text:
        return f'a data-loading worker is gone: {_LESS_LOADING}'
    if type(error).__name__ == 'BrokenProcessPool':
        return 'a worker process was killed, as the system does when memory is full'
    return None


def _disk(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return f'{error.filename or "a file"} cannot be written: {error.strerror}'
    # torch's archive writer does not say why.
    if 'inline_container' in str(error) and re.search('unexpected pos|writing file', str(error)):
        return 'a file of torch cannot be written whole: is there room on the disk?'
    return None


def _open_files(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return 'too many files are open: allow more (ulimit -n), or use fewer workers (num_workers)'
    return None


def _in_brackets(found: re.Match[str] | None) -> str:
    return f' ({found.group()})' if found else ''
