from argparse import ArgumentParser

import pytest
import torch
from mmengine.config import Config

from mmseg_ext.commands.parser.arguments import add_run_arguments, take_launcher
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.launch import is_main_process, launched


def config() -> Config:
    norm = dict(type='SyncBN', requires_grad=True)
    return Config(dict(model=dict(backbone=dict(norm_cfg=norm), heads=[dict(norm_cfg=norm)])))


def test_one_process_leaves_the_config_alone():
    plain = config()
    with launched(plain, 'none'):
        assert plain.launcher == 'none'
        assert plain.model == config().model
        assert not torch.distributed.is_initialized()


def test_pytorch_launcher_needs_torchrun(monkeypatch):
    monkeypatch.delenv('RANK', raising=False)
    with pytest.raises(ConfigError, match='torchrun'), launched(config(), 'pytorch'):
        pass


@pytest.mark.skipif(torch.cuda.is_available(), reason='about machines without a GPU')
def test_without_gpu_gloo_and_plain_norm(monkeypatch, tmp_path):
    variables = dict(RANK=0, WORLD_SIZE=1, MASTER_ADDR='127.0.0.1', MASTER_PORT=0, LOCAL_RANK=0)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    changed = config()
    changed.find_unused_parameters = True
    with launched(changed, 'pytorch'):
        assert torch.distributed.get_backend() == 'gloo'
        assert changed.model_wrapper_cfg.device_ids is None
        assert changed.model_wrapper_cfg.find_unused_parameters is True
        assert changed.model.backbone.norm_cfg.type == 'BN'
        assert changed.model.heads[0].norm_cfg.type == 'BN'
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ('launcher', 'variables'),
    [
        ('slurm', ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_NODELIST')),
        ('mpi', ('OMPI_COMM_WORLD_LOCAL_RANK', 'MASTER_ADDR')),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason='about machines without a GPU')
def test_other_launchers_than_torchrun_need_gpus(monkeypatch, launcher, variables):
    """mmengine would divide by their number, which is 0."""
    for variable in variables:
        monkeypatch.setenv(variable, '0')
    with (
        pytest.raises(ConfigError, match=f'{launcher} needs GPUs.*torchrun'),
        launched(Config(), launcher),
    ):
        pass


@pytest.mark.parametrize(
    ('launcher', 'variable'),
    [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')],
)
@pytest.mark.parametrize('rank', ['0', '1'])
def test_one_process_reports(monkeypatch, launcher, variable, rank):
    # Put back what the tests after this one have.
    monkeypatch.setattr('mmseg_ext.training.launch._rank', '0')
    monkeypatch.setenv(variable, rank)
    parser = ArgumentParser()
    add_run_arguments(parser)
    take_launcher(parser.parse_args(['--launcher', launcher]))
    assert is_main_process() is (rank == '0')


@pytest.mark.parametrize('variable', ['RANK', 'SLURM_PROCID', 'OMPI_COMM_WORLD_RANK'])
def test_independent_runs_all_report(monkeypatch, variable):
    monkeypatch.setenv(variable, '1')
    parser = ArgumentParser()
    add_run_arguments(parser)
    take_launcher(parser.parse_args([]))
    assert is_main_process()
