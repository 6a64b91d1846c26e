import json
import math
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmseg.registry import HOOKS, OPTIM_WRAPPERS

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import ConfigError, NonFiniteError
from mmseg_ext.training.resuming.recovery import parameter_groups
from mmseg_ext.training.resuming.training_id import training_of
from mmseg_ext.training.runner import build_runner
from mmseg_ext.training.training import train


@HOOKS.register_module()
class Poison(Hook):
    """Spoils a training at one iteration: a weight, so the loss too, or only a gradient.

    Args:
        what: 'weight' or 'gradient'.
        iteration: When, from 1.
        above: Only where the learning rate is above this.
    """

    priority = 'HIGHEST'

    def __init__(self, what: str, iteration: int, above: float = 0.0) -> None:
        self.what, self.iteration, self.above = what, iteration, above

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if (
            runner.iter + 1 != self.iteration
            or runner.optim_wrapper.get_lr()['lr'][0] <= self.above
        ):
            return
        parameter = runner.model.decode_head.conv_seg.weight
        if self.what == 'weight':
            parameter.data[0] = math.nan
        else:
            parameter.register_hook(lambda gradient: gradient * math.inf)


@OPTIM_WRAPPERS.register_module()
class ScaledOnCPU(OptimWrapper):
    """What AmpOptimWrapper does, which runs on GPUs only."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.loss_scaler = torch.amp.GradScaler('cpu', init_scale=2.0**10)
        self.skipped = 0

    def backward(self, loss, **kwargs):
        self.loss_scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs):
        before = self.loss_scaler.get_scale()
        self.loss_scaler.step(self.optimizer, **kwargs)
        self.loss_scaler.update()
        self.skipped += self.loss_scaler.get_scale() < before


@pytest.fixture
def tiny(tiny):
    # The rates of the four iterations: 0.01 times 1, 0.75, 0.5 and 0.25 to the power of 0.9.
    tiny.param_scheduler[0].end = 5
    return tiny


def poisoned(config, **arguments):
    config.custom_hooks = [dict(type='Poison', **arguments)]
    return config


def allow(config, recoveries: int, lr_factor: float = 0.5):
    config.default_hooks.non_finite.update(recoveries=recoveries, lr_factor=lr_factor)
    return config


@pytest.mark.parametrize('what', ['weight', 'gradient'])
def test_it_stops_before_the_weights_are_touched(tiny, what):
    runner = build_runner(poisoned(tiny, what=what, iteration=3))
    with pytest.raises(NonFiniteError) as caught:
        runner.train()
    first, gradients, rate, files, saved = str(caught.value).split('\n  ')
    assert first.startswith('not finite at iteration 3: decode.loss_ce = ')
    assert ('= nan' in first) == (what == 'weight')
    assert 'aux.loss_ce = ' in first and 'decode.acc_seg = ' in first
    if what == 'gradient':
        assert gradients.endswith('not finite: 1 parameters, e.g. decode_head.conv_seg.weight')
    assert rate == f'learning rate: {0.01 * 0.5**0.9:.6g}'
    assert files.count('/images/train/train_0000') == files.count('/annotations/train/') == 2
    state = read_checkpoint(saved.removeprefix('state for examination: '))
    assert state['iter'] == 2 and len(state['inputs']) == len(state['labels']) == 2
    assert not torch.isfinite(state['gradients']['decode_head.conv_seg.weight']).all()
    good = read_checkpoint(f'{tiny.work_dir}/iter_2.pth')['state_dict']
    parameters = dict(runner.model.named_parameters())
    for name, value in state['state_dict'].items():
        if name in parameters and not (what == 'weight' and name == 'decode_head.conv_seg.weight'):
            assert torch.equal(value, good[name]), name
    assert (Path(tiny.work_dir) / 'last_checkpoint').read_text().endswith('iter_2.pth')


def test_what_was_not_finite_is_said_where_the_state_cannot_be_saved(tiny):
    Path(tiny.work_dir).mkdir()
    Path(tiny.work_dir, 'non_finite').write_text('a file in the way')
    with pytest.raises(NonFiniteError, match='not finite at iteration 3') as caught:
        build_runner(poisoned(tiny, what='gradient', iteration=3)).train()
    assert f'could not be saved as {tiny.work_dir}/non_finite/iter_3.pth' in str(caught.value)


@pytest.fixture(params=[False, True], ids=['plain', 'fused'])
def scaled(tiny, request):
    """With a gradient scaler, which calls a fused optimizer also for a step to be skipped."""
    tiny.optim_wrapper.type = 'ScaledOnCPU'
    tiny.optim_wrapper.optimizer.fused = request.param
    return tiny


def test_a_gradient_scaler_may_look_for_its_scale(scaled):
    runner = build_runner(poisoned(scaled, what='gradient', iteration=3))
    runner.train()
    assert runner.optim_wrapper.skipped == 2
    assert all(torch.isfinite(parameter).all() for parameter in runner.model.parameters())


def test_with_a_gradient_scaler_a_bad_loss_ends_the_training_all_the_same(scaled):
    with pytest.raises(NonFiniteError, match=r'at iteration 3: decode\.loss_ce = nan'):
        build_runner(poisoned(scaled, what='weight', iteration=3)).train()


def test_recovery_goes_on_with_lower_learning_rates(tiny, capsys):
    # The rate of the third iteration is 0.0054; times 0.5 it is below the limit.
    config = allow(poisoned(tiny, what='gradient', iteration=3, above=0.004), recoveries=1)
    train(config)
    assert 'recovery 1 of 1: go on from' in capsys.readouterr().err
    noted = json.loads((Path(config.work_dir) / 'recoveries.json').read_text())
    last = read_checkpoint(f'{config.work_dir}/iter_4.pth')
    assert noted == [dict(training=training_of(last), iteration=3, lr_factor=0.5)]
    assert last['message_hub']['runtime_info']['recoveries'] == 1
    before = read_checkpoint(f'{config.work_dir}/iter_3.pth')
    # Half of what PolyLR would give for the fourth iteration.
    lr = before['optimizer']['param_groups'][0]['lr']
    assert lr == pytest.approx(0.5 * 0.01 * 0.25**0.9, rel=1e-9)


def test_a_resume_after_a_kill_recovers_too(tiny):
    """Other tools stop at a RecoverableError; whoever resumes goes on with lower rates, once."""
    config = allow(poisoned(tiny, what='gradient', iteration=3, above=0.004), recoveries=2)
    with pytest.raises(NonFiniteError, match='recovery 1 of 2'):
        build_runner(config).train()
    config.resume, config.custom_hooks = True, []
    build_runner(config).train()
    first = read_checkpoint(f'{config.work_dir}/iter_3.pth')['optimizer']['param_groups'][0]['lr']
    config.load_from = f'{config.work_dir}/iter_3.pth'
    runner = build_runner(config)
    runner.train()
    again = read_checkpoint(f'{config.work_dir}/iter_4.pth')
    assert again['message_hub']['runtime_info']['recoveries'] == 1
    assert first == pytest.approx(0.5 * 0.01 * 0.25**0.9, rel=1e-9)


def test_recoveries_are_limited(tiny):
    config = allow(poisoned(tiny, what='gradient', iteration=3), recoveries=2)
    with pytest.raises(NonFiniteError, match='recoveries: 2, and no more are allowed'):
        train(config)
    noted = json.loads((Path(config.work_dir) / 'recoveries.json').read_text())
    assert [entry['lr_factor'] for entry in noted] == [0.5, 0.5]


def test_no_recovery_without_a_checkpoint(tiny):
    with pytest.raises(NonFiniteError, match='recoveries: none, as there is no checkpoint yet'):
        train(allow(poisoned(tiny, what='weight', iteration=1), recoveries=1))


def test_why_it_stopped_is_said_where_no_checkpoint_is_good(tiny):
    Path(tiny.work_dir).mkdir()
    Path(tiny.work_dir, 'iter_8.pth').write_bytes(b'')
    with pytest.raises(NonFiniteError, match='not finite at iteration 1: ') as caught:
        train(allow(poisoned(tiny, what='weight', iteration=1), recoveries=1))
    assert 'files of the batch: ' in str(caught.value)
    assert str(caught.value).endswith('iter_8.pth: the checkpoint is empty (0 bytes))')


def test_no_recovery_with_the_checkpoint_of_an_earlier_training(tiny):
    train(tiny)
    left = sorted(path.name for path in Path(tiny.work_dir).glob('*.pth'))
    with pytest.raises(NonFiniteError, match='recoveries: none, as there is no checkpoint yet'):
        train(allow(poisoned(tiny, what='weight', iteration=1), recoveries=1))
    assert left == sorted(path.name for path in Path(tiny.work_dir).glob('*.pth'))


def test_a_new_training_in_a_used_folder_starts_afresh(tiny):
    folder = Path(tiny.work_dir)
    folder.mkdir()
    (folder / 'recoveries.json').write_text('[{"iteration": 3, "lr_factor": 0.5}]')
    train(tiny)
    assert not (folder / 'recoveries.json').exists()
    lr = read_checkpoint(f'{folder}/iter_3.pth')['optimizer']['param_groups'][0]['lr']
    assert lr == pytest.approx(0.01 * 0.25**0.9, rel=1e-9)


def test_recoveries_are_of_one_training(tiny):
    """An earlier one that goes on in the same folder keeps its rates, and the later one its own."""
    config = allow(tiny, recoveries=2)
    config.default_hooks.checkpoint.max_keep_ckpts = 4
    config.param_scheduler[0].end = 9
    train(config)
    whole = rate_after(config, 4)
    poisoned(config, what='gradient', iteration=3, above=0.004)
    with pytest.raises(NonFiniteError, match='recovery 1 of 2'):
        build_runner(config).train()
    config.custom_hooks, config.resume = [], True
    config.load_from = f'{config.work_dir}/iter_3.pth'
    build_runner(config).train()
    assert rate_after(config, 4) == whole
    poisoned(config, what='gradient', iteration=4)
    with pytest.raises(NonFiniteError, match='recovery 1 of 2'):
        build_runner(config).train()
    config.custom_hooks, config.load_from = [], f'{config.work_dir}/iter_2.pth'
    build_runner(config).train()
    assert rate_after(config, 4) == pytest.approx(0.5 * whole, rel=1e-9)


def rate_after(config, iteration: int) -> float:
    checkpoint = read_checkpoint(f'{config.work_dir}/iter_{iteration}.pth')
    return checkpoint['optimizer']['param_groups'][0]['lr']


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ((-1, 0.5), 'recoveries must be a whole number from 0'),
        ((1, 1.0), 'lr_factor must lie between 0 and 1'),
    ],
)
def test_arguments(tiny, arguments, message):
    with pytest.raises(ConfigError, match=message):
        build_runner(allow(tiny, *arguments))


def test_the_groups_of_several_optimizers(tiny):
    runner = build_runner(tiny)
    runner.optim_wrapper = OptimWrapperDict(
        **{
            name: OptimWrapper(torch.optim.SGD(part.parameters(), lr=rate))
            for name, part, rate in (
                ('backbone', runner.model.backbone, 0.01),
                ('head', runner.model.decode_head, 0.1),
            )
        }
    )
    assert [group['lr'] for group in parameter_groups(runner)] == [0.01, 0.1]
