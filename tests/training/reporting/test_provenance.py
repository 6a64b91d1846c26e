"""What a report knows of its files."""

import subprocess

import torch

from mmseg_ext.checkpoints.loaders import load_checked, sha256_when_read


def test_sha256_is_of_what_was_read(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(a=torch.zeros(1)), path)
    assert sha256_when_read(str(path)) is sha256_when_read(None) is None
    load_checked(str(path))
    done = subprocess.run(['sha256sum', path], capture_output=True, check=True, text=True)
    path.write_bytes(b'')
    assert sha256_when_read(str(path)) == done.stdout.split()[0]
