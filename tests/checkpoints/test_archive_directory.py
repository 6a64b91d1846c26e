"""Archives that promise more memory than the file has."""

import io
import resource
import struct
import zipfile

import malicious
import pytest
import torch

from mmseg_ext.checkpoints.checkpoint_file import read_intact, seal
from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import CheckpointError

MEGABYTE = 2**20


def saved(numbers: int = 1) -> bytes:
    buffer = io.BytesIO()
    torch.save(malicious.checkpoint(None, dict(a=torch.zeros(numbers))), buffer)
    return buffer.getvalue()


def packed_anew(content: bytes, compression: int) -> bytes:
    """The members of an archive in another one."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, 'w', compression) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return buffer.getvalue()


def entry(content: bytes, name: bytes) -> int:
    """Where the directory's entry of a member begins; its name comes last in the file."""
    return content.rindex(name) - 46


def compressed() -> bytes:
    return packed_anew(saved(MEGABYTE), zipfile.ZIP_DEFLATED)


def sealed() -> bytes:
    return seal(compressed())


def understated() -> bytes:
    """The directory says of the compressed data that they unpack to as much as they are."""
    content = bytearray(compressed())
    place = entry(bytes(content), b'archive/data/0')
    size = struct.unpack_from('<L', content, place + 20)[0]
    struct.pack_into('<L', content, place + 24, size)
    return bytes(content)


def shared() -> bytes:
    """Many entries of one member's data, as in Fifield, "A better zip bomb", 2019."""
    content = packed_anew(saved(MEGABYTE), zipfile.ZIP_STORED)
    start = zipfile.ZipFile(io.BytesIO(content)).start_dir
    directory, end = content[start:-22], bytearray(content[-22:])
    place = entry(content, b'archive/data/0')
    one = content[place : place + 46 + len(b'archive/data/0')]
    directory += one * 20
    struct.pack_into(
        '<HHL', end, 8, *[struct.unpack_from('<H', end, 8)[0] + 20] * 2, len(directory)
    )
    return content[:start] + directory + bytes(end)


def elsewhere() -> bytes:
    """A directory that Python does not see, since it looks right before the end."""
    content = bytearray(saved())
    struct.pack_into('<Q', content, len(content) - 22 - 20 + 8, 100)
    return bytes(content)


def moved() -> bytes:
    """torch takes the directory's place from the file, Python from where the file ends."""
    content = bytearray(packed_anew(saved(), zipfile.ZIP_STORED))
    place = struct.unpack_from('<L', content, len(content) - 6)[0]
    struct.pack_into('<L', content, len(content) - 6, place - 1)
    return bytes(content)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (compressed, r'archive/data/0 is compressed, \d+ bytes that promise to be 4194304'),
        (sealed, r'archive/data/0 is compressed, \d+ bytes that promise to be 4194304'),
        (understated, r'is compressed'),
        (shared, r'its members promise \d{8} bytes, and the file has \d{7}'),
        (elsewhere, 'its directory is not where it says'),
        (moved, 'its directory is not where it says'),
    ],
)
def test_nothing_is_unpacked_that_the_file_does_not_hold(tmp_path, make, message):
    path = tmp_path / 'x.pth'
    path.write_bytes(make())
    for trusted in (False, True):
        with pytest.raises(
            CheckpointError, match=rf'x\.pth: the checkpoint is not read: .*{message}'
        ):
            read_checkpoint(str(path), trusted=trusted)


@pytest.mark.parametrize('content', [saved(1000), packed_anew(saved(), zipfile.ZIP_STORED)])
def test_stored_members_are_read(tmp_path, content):
    """Of torch, with 64-bit records, and of another tool, without."""
    for written in (content, seal(content)):
        (tmp_path / 'x.pth').write_bytes(written)
        assert read_intact(tmp_path / 'x.pth').content == written
        assert 'a' in read_checkpoint(str(tmp_path / 'x.pth'))['state_dict']


def test_a_promise_of_the_old_format_is_not_believed(tmp_path):
    """It has no directory: the pickle says how many numbers follow."""
    path = malicious.write(tmp_path / 'x.pth', dict(a=torch.zeros(10**4)), 'old')
    short, long = b'M' + struct.pack('<H', 10**4), b'J' + struct.pack('<L', 2**29)
    assert short in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(short, long))
    # The most there was, in KiB.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match='not a readable checkpoint'):
        read_checkpoint(str(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
