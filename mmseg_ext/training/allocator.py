"""Keeps freed memory in the process, so that a training step on a CPU need not fault it in anew."""

import ctypes
import platform

# Names and numbers of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_KEPT = 2**31 - 1


def keep_freed_memory() -> None:
    """Tell glibc to keep up to 2 GiB of what is freed; other C libraries are left as they are.

    By default it gives large blocks back to the kernel when they are freed, and every activation of
    the next step is then mapped and zeroed page by page.

    Source: our decision; mallopt(3).
    """
    if platform.libc_ver()[0] == 'glibc':
        libc = ctypes.CDLL(None)
        # No threshold for mmap would do: glibc allows none above 32 MiB, activations are larger.
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
