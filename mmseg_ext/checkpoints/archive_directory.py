"""What the directory of an archive may promise: no more than the file holds.

`torch.save` stores the members of its archive as they are. One that is compressed, or whose data
several entries share, unpacks to more than the file has: 4 MB become 4 GB of memory.

Source: our decision; PKWARE's APPNOTE 6.3.10, sections 4.3.14 to 4.3.16.
"""

import struct
import zipfile

_END_SIZE, _LOCATOR_SIZE, _END_64_SIZE = 22, 20, 56


def excess(archive: zipfile.ZipFile, content: bytes) -> str | None:
    """Tell whether the members would take more memory than the file.

    Args:
        archive: Of the content.
        content: The whole file.

    Returns:
        What is wrong with the directory, None where it is as torch writes it.
    """
    if archive.start_dir != _told_place(content, len(archive.comment)):
        # Python looks for it before the end, torch where the file says it is.
        return 'its directory is not where it says'
    members = sorted(archive.infolist(), key=lambda member: member.file_size, reverse=True)
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            return (
                f'{member.filename} is compressed, {member.compress_size} bytes that promise to be '
                f'{member.file_size}, or was altered; write it anew with torch.save'
            )
    promised = sum(member.file_size for member in members)
    if promised > len(content):
        return f'its members promise {promised} bytes, and the file has {len(content)}'
    return None


def _told_place(content: bytes, comment: int) -> int | None:
    """Return where the directory begins by the archive's own word, None where that is unclear."""
    end = len(content) - comment - _END_SIZE
    locator = content[end - _LOCATOR_SIZE : end]
    if not locator.startswith(b'PK\x06\x07'):
        return struct.unpack_from('<L', content, end + 16)[0]
    record = end - _LOCATOR_SIZE - _END_64_SIZE
    if struct.unpack_from('<Q', locator, 8)[0] != record:
        return None
    return struct.unpack_from('<Q', content, record + 48)[0]
