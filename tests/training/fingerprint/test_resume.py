"""A resumed training is the one that it was, or what changed is allowed by name and happens."""

import shutil
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from mmengine.config import DictAction
from mmengine.hooks import Hook
from states import assert_equal

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.training_progress import Progress
from mmseg_ext.data import CamVidDataset
from mmseg_ext.training.resuming.resume import set_resume
from mmseg_ext.training.training import train

START = 'iter_2.pth'


class Rates(Hook):
    """Notes learning rate, momentum and weight decay of every step, and the share that is done."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.seen: dict[int, tuple[float, float, float]] = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.shares.append(Progress.current().fraction)
        group = runner.optim_wrapper.optimizer.param_groups[0]
        names = ('lr', 'momentum', 'weight_decay')
        self.seen[runner.iter] = tuple(group.get(name) for name in names)

    @property
    def rates(self) -> list[float]:
        return [seen[0] for _, seen in sorted(self.seen.items())]


@pytest.fixture
def tiny(tiny):
    tiny.default_hooks.checkpoint.max_keep_ckpts = -1
    tiny.optim_wrapper.optimizer.momentum = 0.9
    tiny.model.decode_head.dropout_ratio = 0.1
    tiny.param_scheduler[0].eta_min = 1e-4
    return tiny


@pytest.fixture(scope='module')
def first(tmp_path_factory) -> Path:
    """A folder for what is trained once; the data of each test are drawn alike."""
    return tmp_path_factory.mktemp('first')


@pytest.fixture
def begun(first, tiny, tmp_path) -> Path:
    """A training of two of four iterations."""
    if not (first / START).exists():
        config = deepcopy(tiny)
        config.work_dir = str(first)
        train(config)
    (tmp_path / 'begun').mkdir()
    return shutil.copy(first / START, tmp_path / 'begun' / START)


def go_on(config, checkpoint: Path, allowed=()) -> Rates:
    set_resume(config, str(checkpoint))
    train(config, [rates := Rates()], allowed)
    return rates


def whole(config, tmp_path) -> list[float]:
    """The learning rates of an unbroken training."""
    config = deepcopy(config)
    config.work_dir, config.resume, config.load_from = str(tmp_path / 'whole'), False, None
    train(config, [rates := Rates()])
    return rates.rates


CHANGES = {
    'model.decode_head.dropout_ratio=0.5': 'model.decode_head.dropout_ratio was 0.1, is 0.5',
    'model.data_preprocessor.std=[1.,1.,1.]': 'model.data_preprocessor.std.0 was 58.395, is 1.0',
    'model.decode_head.loss_decode.loss_weight=2.0': 'losses.decode_head.loss_decode.loss_weight '
    'was not given, is 2.0',
    'optim_wrapper.optimizer.lr=0.1': 'optimizer.optimizer.lr was 0.01, is 0.1',
    'optim_wrapper.optimizer.momentum=0.5': 'optimizer.optimizer.momentum was 0.9, is 0.5',
    'optim_wrapper.optimizer.nesterov=True': 'optimizer.optimizer.nesterov was not given, is True',
    'optim_wrapper.accumulative_counts=2': 'optimizer.accumulative_counts was not given, is 2',
    'optim_wrapper.type=BFloat16OptimWrapper': "optimizer.type was 'OptimWrapper', is 'BFloat16Op",
    'param_scheduler.0.power=1.': 'schedule.0.power was 0.9, is 1.0',
    'train_cfg.max_iters=6': 'max_iters was 4, is 6',
    'train_dataloader.batch_size=1': 'batch_size was 2, is 1',
    'train_dataloader.sampler.shuffle=False': 'sampler.sampler.shuffle was True, is False',
    'train_dataloader.dataset.pipeline.2.crop_size=(16,16)': 'pipeline.0.2.crop_size.0 was 32, is',
    'train_dataloader.dataset.indices=3': 'data.0.samples was 4, is 3; data.0.names_and_sizes was',
    'train_dataloader.dataset.split=val': 'data.0.names_and_sizes was',
}


def option(text: str) -> dict:
    key, _, value = text.partition('=')
    return {key: DictAction._parse_iterable(value)}


@pytest.mark.slow
def test_every_change_is_named_and_refused(begun, tiny):
    said = {}
    for text in CHANGES:
        config = deepcopy(tiny)
        config.merge_from_dict(option(text))
        with pytest.raises(ConfigError) as refused:
            go_on(config, begun)
        said[text] = str(refused.value)
    for text, words in CHANGES.items():
        assert f'{START} was trained with another config:\n  {words}' in said[text]
        part = words.partition('.')[0].partition(' ')[0]
        assert said[text].endswith(f'--allow-changes {part}')
    assert not list(Path(tiny.work_dir).glob('*.pth'))


def test_the_message_has_the_settings_to_repeat(begun, tiny):
    config = deepcopy(tiny)
    for text in ('train_dataloader.batch_size=1', 'optim_wrapper.optimizer.lr=0.1'):
        config.merge_from_dict(option(text))
    with pytest.raises(ConfigError) as refused:
        go_on(config, begun)
    said = str(refused.value).partition('(give --cfg-options ')[2].partition(')')[0].split()
    assert said == ['train_dataloader.batch_size=2', 'optim_wrapper.optimizer.lr=0.01']
    for text in said:
        config.merge_from_dict(option(text))
    assert list(go_on(config, begun).seen) == [2, 3]


def test_where_they_are_not_known_it_says_so(begun, tiny):
    tiny.merge_from_dict(option('model.decode_head.loss_decode.loss_weight=2.0'))
    with pytest.raises(ConfigError, match=r'\(repeat the options of the first call\)'):
        go_on(tiny, begun)


def test_mmengine_warns_of_another_metainfo_only(tiny):
    shares = dict.fromkeys(CamVidDataset.METAINFO['classes'], 9.0)
    tiny.train_dataloader.dataset.metainfo = dict(train_shares=shares)
    first, folder = Path(tiny.work_dir), Path(tiny.work_dir).parent
    train(tiny)
    for name, share in (('same', 9.0), ('other', 8.0)):
        tiny.work_dir = str(folder / name)
        tiny.train_dataloader.dataset.metainfo.train_shares['Sky'] = share
        go_on(tiny, first / START)
        (log,) = (folder / name).glob('*/*.log')
        said = 'The dataset metainfo from the resumed checkpoint is different' in log.read_text()
        assert said == (name == 'other')


def test_permuted_classes(begun, tiny):
    names = list(CamVidDataset.METAINFO['classes'])
    tiny.train_dataloader.dataset.metainfo = dict(classes=[*names[1:], names[0]])
    with pytest.raises(ConfigError, match=r"classes\.0 was 'Sky', is 'Building'; .*6 more"):
        go_on(tiny, begun)


def test_other_content_of_a_file(begun, tiny):
    root = Path(tiny.train_dataloader.dataset.data_root)
    with sorted(root.glob('images/train/*'))[0].open('ab') as file:
        file.write(b'more')
    with pytest.raises(ConfigError, match=r'data\.0\.names_and_sizes was'):
        go_on(tiny, begun)


def test_nothing_changed(begun, tiny, tmp_path):
    """Elsewhere, and with other settings that training does not follow from."""
    root = Path(tiny.train_dataloader.dataset.data_root)
    root.rename(tmp_path / 'moved')
    tiny.train_dataloader.dataset.data_root = str(tmp_path / 'moved')
    tiny.train_dataloader.num_workers = 1
    tiny.default_hooks.checkpoint.interval = 2
    tiny.model.backbone.norm_cfg.type = 'SyncBN'
    rates = go_on(tiny, begun)
    assert list(rates.seen) == [2, 3]
    whole = read_checkpoint(f'{tiny.work_dir}/iter_4.pth')
    assert whole['meta']['fingerprint'] == read_checkpoint(str(begun))['meta']['fingerprint']


@pytest.mark.slow
@pytest.mark.parametrize('end', [4, 6, None])
def test_a_longer_training_is_that_of_its_length(begun, tiny, tmp_path, end, capsys):
    """Whether the schedule's end is left, changed with it, or follows by itself."""
    tiny.train_cfg.max_iters = 6
    tiny.param_scheduler[0].end = end
    if end is None:
        del tiny.param_scheduler[0].end
    rates = go_on(tiny, begun, ['max_iters'])
    said = capsys.readouterr().out
    assert 'changed since the checkpoint, as allowed: max_iters was 4, is 6' in said
    assert 'go on as of 2 of 6 iterations' in said and '(0.333)' in said
    assert 'the schedule is not that of this training' not in said
    tiny.param_scheduler[0].end = 6
    assert rates.rates == pytest.approx(whole(tiny, tmp_path)[2:], rel=1e-6)
    assert rates.rates[-2] > 1e-3
    assert rates.shares == [2 / 6, 3 / 6, 4 / 6, 5 / 6], (
        'of which the weight of suppression is made'
    )
    # The same command goes on once more, allowed or not.
    tiny.param_scheduler[0].end = end or 6
    again = go_on(tiny, Path(tiny.work_dir, 'iter_3.pth'))
    assert again.rates == rates.rates[1:]


@pytest.mark.slow
def test_a_shorter_one_too_but_not_than_what_is_done(begun, tiny, tmp_path):
    tiny.train_cfg.max_iters = 3
    rates = go_on(tiny, begun, ['max_iters'])
    tiny.param_scheduler[0].end = 3
    assert rates.rates == pytest.approx(whole(tiny, tmp_path)[2:], rel=1e-6)
    tiny.train_cfg.max_iters = 1
    with pytest.raises(ConfigError, match='has 2 iterations behind it, and train_cfg ends at 1'):
        go_on(tiny, begun, ['max_iters'])


def test_the_schedule_as_it_stands(begun, tiny):
    """Who allows the schedule too has it end where the config says."""
    tiny.train_cfg.max_iters = 6
    assert go_on(tiny, begun, ['max_iters', 'schedule']).rates[-2:] == [1e-4, 1e-4]


def test_what_the_config_says_of_the_optimizer_takes_effect(begun, tiny, tmp_path):
    tiny.optim_wrapper.optimizer.update(lr=0.1, momentum=0.5, weight_decay=0.01)
    tiny.param_scheduler[0].power = 1.0
    rates = go_on(tiny, begun, ['optimizer', 'schedule'])
    assert rates.seen[2][1:] == rates.seen[3][1:] == (0.5, 0.01)
    assert rates.rates == pytest.approx(whole(tiny, tmp_path)[2:], rel=1e-6)
    # The momenta are those of the checkpoint, one step on.
    before, after = (
        read_checkpoint(str(path))['optimizer']['state'][0]['momentum_buffer']
        for path in (begun, Path(tiny.work_dir, 'iter_3.pth'))
    )
    assert torch.any(before) and not torch.equal(before, after)


@pytest.mark.parametrize(
    'optimizer',
    [
        dict(optimizer=dict(type='AdamW', lr=1e-3, _delete_=True)),
        dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5)))),
    ],
)
def test_another_optimizer_or_other_groups(begun, tiny, optimizer, capsys):
    tiny.merge_from_dict(dict(optim_wrapper=optimizer))
    go_on(tiny, begun, ['optimizer'])
    assert 'the optimizer is another: its momenta begin anew' in capsys.readouterr().out


def test_a_kind_whose_settings_have_the_same_names(tiny, tmp_path, capsys):
    tiny.merge_from_dict(
        dict(optim_wrapper=dict(optimizer=dict(type='Adam', lr=1e-3, _delete_=True)))
    )
    tiny.work_dir = str(tmp_path / 'adam')
    train(tiny)
    begun, tiny.work_dir = Path(tiny.work_dir, START), str(tmp_path / 'adamw')
    tiny.default_hooks.checkpoint.interval = 4
    for kind, anew in (('AdamW', True), ('Adam', False)):
        tiny.optim_wrapper.optimizer.update(type=kind, weight_decay=0.1)
        go_on(tiny, begun, ['optimizer'])
        assert ('momenta begin anew' in capsys.readouterr().out) == anew
        end = read_checkpoint(f'{tiny.work_dir}/iter_4.pth')
        assert end['optimizer']['state'][0]['step'] == (2 if anew else 4)


def test_other_parts_leave_the_optimizer_alone(begun, tiny):
    tiny.train_dataloader.dataset.pipeline[3].prob = 0.0
    tiny.model.decode_head.dropout_ratio = 0.0
    go_on(tiny, begun, ['pipeline', 'model', 'data'])
    ends = [
        read_checkpoint(str(path))['param_schedulers']
        for path in (begun, Path(tiny.work_dir, 'iter_3.pth'))
    ]
    assert [end[0]['last_step'] for end in ends] == [2, 3]


@pytest.mark.slow
def test_lowered_rates_are_no_change_and_stay_low(begun, tiny, tmp_path):
    """Recoveries from bad numbers lower them in the checkpoint, and the config does not say so."""
    tiny.train_cfg.max_iters = 6
    content = read_checkpoint(str(begun))
    for group in content['optimizer']['param_groups']:
        group['lr'] *= 0.5
        group['initial_lr'] *= 0.5
    lowered = begun.with_name('iter_1.pth')
    torch.save(content, lowered)
    rates = go_on(tiny, lowered, ['max_iters'])
    tiny.param_scheduler[0].end = 6
    expected = [rate / 2 for rate in whole(tiny, tmp_path)[2:]]
    # A recovery leaves the lowest rate of a schedule where it is.
    assert rates.rates[0] == pytest.approx(expected[0], rel=1e-6)
    assert rates.rates[:-1] == pytest.approx(expected[:-1], rel=0.03)


def without_fingerprint(begun: Path) -> Path:
    content = read_checkpoint(str(begun))
    del content['meta']['fingerprint']
    torch.save(content, begun)
    return begun


@pytest.mark.slow
def test_a_checkpoint_of_another_tool(begun, tiny, tmp_path, capsys):
    whole = deepcopy(tiny)
    whole.work_dir = str(tmp_path / 'first')
    go_on(whole, begun)
    capsys.readouterr()
    go_on(tiny, without_fingerprint(begun))
    said = capsys.readouterr().out
    assert said.count('does not say what it was trained with') == 1
    ends = [read_checkpoint(f'{each.work_dir}/iter_4.pth') for each in (whole, tiny)]
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_equal(ends[0][key], ends[1][key])


@pytest.mark.parametrize(
    'optimizer',
    [
        dict(optimizer=dict(type='AdamW', lr=1e-3, _delete_=True)),
        dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5)))),
    ],
)
def test_one_of_another_tool_and_another_optimizer(begun, tiny, optimizer):
    tiny.merge_from_dict(dict(optim_wrapper=optimizer))
    with pytest.raises(ConfigError, match='has the state of another optimizer, or of one with'):
        go_on(tiny, without_fingerprint(begun))


def test_weights_to_start_from_are_not_compared(begun, tiny):
    tiny.optim_wrapper.optimizer.lr = 0.1
    tiny.load_from = str(begun)
    train(tiny, [rates := Rates()])
    assert rates.rates[0] == 0.1


@pytest.mark.slow
def test_a_loop_by_epochs(tiny, tmp_path):
    """Four images by two: an epoch has two iterations."""
    tiny.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
    tiny.train_dataloader.sampler.type = 'DefaultSampler'
    tiny.default_hooks.checkpoint.update(by_epoch=True, interval=1)
    by_iteration = dict(type='StepLR', step_size=3, by_epoch=False)
    tiny.param_scheduler = [dict(type='PolyLR', end=2), by_iteration]
    tiny.work_dir = str(tmp_path / 'begun')
    train(tiny)
    begun = Path(tiny.work_dir, 'epoch_1.pth')
    tiny.work_dir, tiny.train_cfg.max_epochs = str(tmp_path / 'longer'), 4
    with pytest.raises(ConfigError, match='max_epochs was 2, is 4'):
        go_on(tiny, begun)
    rates = go_on(tiny, begun, ['max_epochs'])
    tiny.param_scheduler[0].end = 4
    assert rates.rates == pytest.approx(whole(tiny, tmp_path)[2:], rel=1e-6)


def test_a_name_that_is_no_part(tiny):
    with pytest.raises(ConfigError, match="'lr' is no part of a training: model, losses"):
        train(tiny, allowed_changes=['lr'])
