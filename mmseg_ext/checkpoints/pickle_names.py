"""What a pickle would call, read without unpickling it."""

import contextlib
import io
import pickletools
import zipfile
from typing import Any


def names_in_checkpoint(content: bytes) -> list[str]:
    """List the functions and classes that a checkpoint's pickles name, without running them.

    Args:
        content: The bytes of the file.

    Returns:
        Dotted names, for a message: with a pickle made to mislead, they may be wrong.

    Raises:
        Exception: There is no pickle in it; `pickletools` raises of several kinds.
    """
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith('/data.pkl'))
            content = archive.read(name)
    stream = io.BytesIO(content)
    found = _named_in_next(stream)
    # torch's old format has several, and the tensors' raw bytes after them.
    with contextlib.suppress(Exception):
        while True:
            found += _named_in_next(stream)
    return found


def _named_in_next(stream: io.BytesIO) -> list[str]:
    """List what the next pickle names: by GLOBAL, or by two strings and STACK_GLOBAL."""
    found: list[str] = []
    strings: list[str] = []
    memo: list[str | None] = []
    latest: str | None = None
    argument: Any
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == 'GLOBAL':
            found.append(argument.replace(' ', '.').replace('__builtin__', 'builtins'))
        elif opcode.name == 'STACK_GLOBAL':
            found.append('.'.join(strings[-2:]))
        elif opcode.name == 'MEMOIZE':
            memo.append(latest)
        recalled = memo[argument] if opcode.name.endswith('BINGET') and memo else argument
        latest = recalled if isinstance(recalled, str) else None
        if latest is not None:
            strings.append(latest)
    return found
