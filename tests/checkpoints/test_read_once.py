"""What a check has read of a checkpoint is what mmengine loads."""

import os
from pathlib import Path

import pytest
import torch
from mmengine.runner import CheckpointLoader

from mmseg_ext.checkpoints import read_once
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.errors import CheckpointError


def write(path: Path, number: float) -> str:
    torch.save(dict(a=torch.full((3,), number)), path)
    return str(path)


def load(path: str) -> float:
    return CheckpointLoader.load_checkpoint(path, logger='silent')['a'][0].item()


def test_mmengine_gets_what_was_checked(tmp_path, guarded):
    path = write(tmp_path / 'x.pth', 1)
    assert load_checked(path) is load_checked(path)
    write(tmp_path / 'x.pth', 2)
    os.remove(path)
    assert load(path) == 1
    with pytest.raises(CheckpointError, match='no checkpoint file'):
        load(path)


def test_nothing_is_kept_of_what_mmengine_has_taken(tmp_path, guarded):
    path = write(tmp_path / 'x.pth', 1)
    load_checked(path)['a'] += 1
    assert load(path) == 2, 'it is the same'
    assert load(path) == 1, 'it was changed by then, for all we know'


def test_a_check_sees_the_file_as_it_is(tmp_path, guarded):
    path = write(tmp_path / 'x.pth', 1)
    load_checked(path)
    write(tmp_path / 'x.pth', 2)
    assert load_checked(path)['a'][0] == 2
    assert load(path) == 2


def test_two_are_kept(tmp_path, guarded):
    paths = [write(tmp_path / f'{number}.pth', number) for number in (1, 2, 3)]
    for path in paths:
        load_checked(path)
    assert list(read_once._kept) == paths[1:]
    load_checked(paths[1])
    load_checked(paths[0])
    assert list(read_once._kept) == [paths[1], paths[0]]
    read_once.forget()
    assert not read_once._kept


def test_nothing_is_kept_where_mmengine_loads_by_itself(tmp_path, unguarded):
    load_checked(write(tmp_path / 'x.pth', 1))
    assert not read_once._kept
