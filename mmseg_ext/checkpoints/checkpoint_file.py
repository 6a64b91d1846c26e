"""Checkpoint files: written whole or not at all, with a checksum of their content inside.

A file of `torch.save` is a ZIP archive, and a ZIP archive may end in a comment. The comment holds
the SHA-256 of every byte before it, so the checksum can neither be lost nor left behind when a file
is copied or replaced, and any tool still reads the file.

Source: our decision; PKWARE's APPNOTE 6.3.10, section 4.3.16.
"""

import errno
import hashlib
import io
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.fileio import LocalBackend, register_backend

from mmseg_ext.checkpoints.archive_directory import excess
from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import CheckpointError, DiskError

_MARK = b'sha256:'
_COMMENT = len(_MARK) + hashlib.sha256().digest_size * 2
_LENGTH, _NO_COMMENT = struct.pack('<H', _COMMENT), struct.pack('<H', 0)
_UNREADABLE = (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, struct.error)
_END, _END_SIZE = b'PK\x05\x06', 22


def seal(content: bytes) -> bytes:
    """Add the checksum to the bytes of a checkpoint.

    Args:
        content: What `torch.save` wrote, without a comment.

    Returns:
        The same archive with the checksum as its comment.
    """
    assert content[-_END_SIZE:].startswith(_END) and content.endswith(_NO_COMMENT)
    body = content[: -len(_NO_COMMENT)] + _LENGTH
    return body + _MARK + hashlib.sha256(body).hexdigest().encode()


def write_sealed(content: Any, path: Path) -> None:
    """Save a checkpoint with its checksum; the file appears whole, and on the disk, or not at all.

    Args:
        content: What `torch.save` takes.
        path: The file.

    Raises:
        OSError: It cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with atomic_path(path, durable=True) as temporary:
        temporary.write_bytes(seal(buffer.getvalue()))


class IntactFile(NamedTuple):
    """A file that was read and is what was written.

    Attributes:
        content: Its bytes.
        sha256: The SHA-256 of all of them, in hexadecimal.
    """

    content: bytes
    sha256: str


def read_intact(path: str | Path) -> IntactFile:
    """Read a checkpoint file and check that it is complete and is what was written.

    Files without our checksum, such as mmengine's, must at least be complete archives. torch's old
    format, which is none, passes: whether it is complete shows when it is read.

    Raises:
        CheckpointError: It cannot be read, is not what was written, or would take more memory than
            the file has; the message names the file.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be read ({error.strerror})') from None
    if not content:
        raise CheckpointError(f'{path}: the checkpoint is empty (0 bytes)')
    body, comment = content[:-_COMMENT], content[-_COMMENT:]
    digest = hashlib.sha256(body)
    sealed = body[-_END_SIZE:].startswith(_END) and (
        comment.startswith(_MARK) or body.endswith(_LENGTH)
    )
    if sealed and comment != _MARK + digest.hexdigest().encode():
        raise CheckpointError(
            f'{path}: the checkpoint was altered: its content does not fit its checksum'
        )
    if sealed or content.startswith(b'PK'):
        _check_archive(content, path, sealed)
    digest.update(comment)
    return IntactFile(content, digest.hexdigest())


def _check_archive(content: bytes, path: str | Path, sealed: bool) -> None:
    broken: object = 'it does not end as an archive of torch'
    if sealed or (content[-_END_SIZE:].startswith(_END) and content.endswith(_NO_COMMENT)):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if wrong := excess(archive, content):
                    raise CheckpointError(f'{path}: the checkpoint is not read: {wrong}')
                broken = None if sealed else archive.testzip()
        except _UNREADABLE as error:
            broken = error
    if broken is not None:
        raise CheckpointError(
            f'{path}: the checkpoint is truncated or altered ({broken}; {len(content)} bytes)'
        )


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """mmengine's local files, but each appears whole or not at all, checkpoints with a checksum.

    Reached as `backend_args=dict(backend='atomic')`.
    """

    def __init__(self) -> None:
        self._keeping = False
        self._kept: list[str] = []

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a checkpoint beside its place, sync it to the disk and move it there.

        Raises:
            DiskError: It cannot be written, e.g. because the disk is full. What was there
                before is still there.
        """
        _write(seal(obj), Path(filepath))

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write a text in the same way, without a checksum.

        Raises:
            DiskError: It cannot be written.
        """
        _write(obj.encode(encoding), Path(filepath))

    def remove(self, filepath: str | Path) -> None:
        """Remove a file; between `keep_removed` and `remove_kept` only note that it shall go."""
        if self._keeping:
            self._kept.append(str(filepath))
        else:
            super().remove(filepath)

    def keep_removed(self) -> None:
        """Put off removals."""
        self._keeping = True

    def remove_kept(self, needed: Sequence[str]) -> None:
        """Make up for the removals put off, but for files that are needed again."""
        self._keeping = False
        for path in self._kept:
            if path not in needed:
                super().remove(path)
        self._kept.clear()


def _write(content: bytes, path: Path) -> None:
    try:
        with atomic_path(path, durable=True) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            reason += f'; {len(content) / 2**20:.1f} MiB are needed'
        raise DiskError(
            f'{path}: cannot be written ({reason}). Earlier checkpoints are as they were: make '
            'room and go on with --resume'
        ) from error
