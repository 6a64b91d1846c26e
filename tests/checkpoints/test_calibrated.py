"""A checkpoint with another last bias: everything else stays, and nothing else is written."""

import numpy as np
import pytest
import torch

from mmseg_ext.checkpoints.calibrated import (
    calibration_of,
    refuse_calibrated,
    write_calibrated,
    write_refitted,
)
from mmseg_ext.checkpoints.checkpoint_file import read_intact
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.errors import CheckpointError, ConfigError

NAME = 'decode_head.conv_seg.bias'


def written(tmp_path, content, name=NAME):
    source, target = tmp_path / 'in.pth', tmp_path / 'folder' / 'out.pth'
    torch.save(content, source)
    record = dict(checkpoint=str(source), checkpoint_sha256=read_intact(source).sha256)
    write_calibrated(str(source), target, name, np.array([0.5, -0.25]), record)
    return target, record


@pytest.mark.parametrize('prefix', ['', 'module.'])
@pytest.mark.parametrize('bare', [False, True])
def test_only_the_bias_changes(tmp_path, prefix, bare):
    weights = {f'{prefix}{NAME}': torch.tensor([1.0, 2.0]), 'other': torch.eye(2)}
    content = weights if bare else dict(state_dict=weights, meta=dict(iter=3), optimizer={})
    target, record = written(tmp_path, content)
    stored = torch.load(target, weights_only=True)
    assert set(stored) == {'state_dict', 'meta'}
    assert stored['meta'] == (dict() if bare else dict(iter=3)) | dict(calibration=record)
    assert calibration_of(stored) == record
    assert stored['state_dict'][f'{prefix}{NAME}'].tolist() == [1.5, 1.75]
    assert torch.equal(stored['state_dict']['other'], torch.eye(2))
    assert load_checked(str(target))['state_dict'].keys() == weights.keys()
    with pytest.raises(ConfigError, match=r'calibrated already; .* was made of \(.*in.pth\)'):
        refuse_calibrated(str(target))


def test_a_bias_in_half_precision_keeps_what_was_added(tmp_path):
    half = torch.tensor([1000.0, 2.0], dtype=torch.float16)
    target, _ = written(tmp_path, dict(state_dict={NAME: half}))
    assert load_checked(str(target))['state_dict'][NAME].tolist() == [1000.5, 1.75]


def test_the_file_is_sealed(tmp_path):
    target, _ = written(tmp_path, {NAME: torch.zeros(2)})
    content = bytearray(target.read_bytes())
    content[200] ^= 1
    target.write_bytes(content)
    with pytest.raises(CheckpointError, match='was altered'):
        read_intact(target)


def test_what_must_not_be_written(tmp_path):
    source = tmp_path / 'in.pth'
    torch.save({NAME: torch.zeros(2)}, source)
    record = dict(checkpoint_sha256='0' * 64)
    with pytest.raises(ConfigError, match='was replaced while it was fitted'):
        write_calibrated(str(source), tmp_path / 'out.pth', NAME, np.zeros(2), record)
    with pytest.raises(ConfigError, match='is the checkpoint itself'):
        write_calibrated(str(source), source, NAME, np.zeros(2), record)
    record['checkpoint_sha256'] = read_intact(source).sha256
    (tmp_path / 'file').touch()
    with pytest.raises(ConfigError, match='could not be written'):
        write_calibrated(str(source), tmp_path / 'file' / 'out.pth', NAME, np.zeros(2), record)
    assert calibration_of(None) is None and calibration_of(dict(meta=1)) is None


def test_another_last_layer(tmp_path):
    source, target = tmp_path / 'in.pth', tmp_path / 'out.pth'
    weight = NAME.replace('bias', 'weight')
    weights = {weight: torch.zeros(2, 3, 1, 1), NAME: torch.zeros(2), 'other': torch.eye(2)}
    torch.save(dict(state_dict=weights, meta=dict(iter=3)), source)
    record = dict(checkpoint=str(source), checkpoint_sha256=read_intact(source).sha256)
    values = {weight: np.arange(6.0).reshape(2, 3), NAME: np.array([0.5, -0.25])}
    write_refitted(str(source), target, values, record)
    stored = torch.load(target, weights_only=True)
    assert stored['meta'] == dict(iter=3, refit=record)
    assert stored['state_dict'][weight].shape == (2, 3, 1, 1)
    assert stored['state_dict'][weight].flatten().tolist() == [0, 1, 2, 3, 4, 5]
    assert stored['state_dict'][NAME].tolist() == [0.5, -0.25]
    assert torch.equal(stored['state_dict']['other'], torch.eye(2))
    # It may be calibrated later, unless it is.
    refuse_calibrated(str(target))
    write_refitted(str(source), target, values, record, dict(scale=2.0))
    with pytest.raises(ConfigError, match='calibrated already'):
        refuse_calibrated(str(target))
