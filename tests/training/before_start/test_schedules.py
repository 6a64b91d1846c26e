"""Schedules that nothing moves, and such of another length than the training."""

from copy import deepcopy
from pathlib import Path

import pytest
from mmengine.config import Config

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start import check_config
from mmseg_ext.training.before_start.schedule_lengths import warn_of_schedule_lengths
from mmseg_ext.training.before_start.schedules import check_something_schedules
from mmseg_ext.training.runner import build_runner
from mmseg_ext.training.training import train

SHORT = 'configs/_base_/schedules/schedule_600.py'
POLY = dict(type='PolyLR', power=0.9, by_epoch=False)


@pytest.mark.parametrize(
    ('schedule', 'place'),
    [
        ([dict(type='PolyLR')], r'param_scheduler\.0'),
        (dict(type='PolyLR', by_epoch=True), 'param_scheduler'),
        ([POLY, dict(type='mmengine.StepLR', step_size=1)], r'param_scheduler\.1'),
        (dict(head=[dict(type='CosineAnnealingLR')]), r'param_scheduler\.head\.0'),
    ],
)
def test_epochs_in_a_loop_without_any(tiny, schedule, place):
    tiny.param_scheduler = schedule
    with pytest.raises(ConfigError, match=rf'^{place} \(.*--cfg-options {place}\.by_epoch=False'):
        check_config(tiny)


@pytest.mark.parametrize(
    'schedule',
    [
        None,
        POLY,
        [dict(type='PolyLR', convert_to_iter_based=True)],
        [dict(type='ReduceOnPlateauLR', monitor='mIoU', rule='greater')],
    ],
)
def test_schedules_that_move(tiny, schedule):
    tiny.param_scheduler = schedule
    check_config(tiny)


def test_both_kinds_in_a_loop_by_epochs(tiny):
    tiny.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
    tiny.train_dataloader.sampler.type = 'DefaultSampler'
    tiny.param_scheduler = [dict(type='PolyLR'), POLY]
    check_config(tiny)


def test_a_training_that_is_shorter_than_its_warm_up(tiny):
    """The advice is followed, and the training runs to its end."""
    tiny.param_scheduler = [
        dict(type='LinearLR', start_factor=0.1, begin=0, end=6, by_epoch=False),
        dict(POLY, begin=6),
    ]
    with pytest.raises(ConfigError) as refused:
        train(tiny)
    said = str(refused.value)
    assert said.startswith(
        'the warm-up, param_scheduler.0 (LinearLR), ends at iteration 6, and the training ends at '
        '4, so that param_scheduler.1 (PolyLR) would have no iteration. Give more than 6 iterations'
    )
    assert not [path for path in Path(tiny.work_dir).glob('*') if path.is_dir()]
    options = said.partition('add to --cfg-options: ')[2].split()
    assert options == ['param_scheduler.0.end=1', 'param_scheduler.1.begin=1']
    longer = deepcopy(tiny)
    longer.train_cfg.max_iters = 7
    check_config(longer)
    tiny.merge_from_dict({key: int(value) for key, value in (each.split('=') for each in options)})
    train(tiny)
    assert Path(tiny.work_dir, 'iter_4.pth').is_file()


@pytest.mark.parametrize(('length', 'options'), [(40, True), (50, True), (1, False)])
def test_where_there_is_room_for_both_it_says_how(tiny, length, options):
    tiny.train_cfg.max_iters = length
    tiny.param_scheduler = [
        dict(type='LinearLR', begin=0, end=50, by_epoch=False), dict(POLY, begin=50),
    ]  # fmt: skip
    with pytest.raises(ConfigError, match='Give more than 50 iterations') as refused:
        check_config(tiny)
    assert ('--cfg-options' in str(refused.value)) == options


def built(config):
    """A runner whose schedules are built, with what it warned of."""
    runner = build_runner(config)
    runner.train_loop  # noqa: B018 - builds it
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    if runner.param_schedulers is not None:
        runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)
    warned = []
    runner.logger.warning = warned.append
    return runner, warned


def test_a_schedule_without_the_hook_that_steps_it(tiny):
    tiny.default_hooks.param_scheduler = None
    with pytest.raises(ConfigError, match=r'default_hooks\.param_scheduler is None'):
        check_something_schedules(built(tiny)[0])


WARM_UP = dict(type='LinearLR', start_factor=0.1, by_epoch=False)
DIFFERENT = {
    'shortened': (
        [POLY | dict(end=600)],
        'param_scheduler.0 (PolyLR) goes on to iteration 600, the training ends at 4',
        'param_scheduler.0.end=4',
    ),
    'lengthened': (
        [WARM_UP | dict(end=1), POLY | dict(begin=1, end=3)],
        'param_scheduler.1 (PolyLR) ends at iteration 3, and the training goes on to 4 with its',
        'param_scheduler.1.end=4',
    ),
    'within the warm-up': (
        [WARM_UP | dict(end=20), POLY | dict(begin=20, end=80)],
        'param_scheduler.0 (LinearLR) goes on to iteration 20',
        'param_scheduler.0.end=1 param_scheduler.1.begin=1 param_scheduler.1.end=4',
    ),
    'a period of its own': (
        [dict(type='CosineAnnealingLR', T_max=40, by_epoch=False)],
        'param_scheduler.0 (CosineAnnealingLR) goes on to iteration 40',
        'param_scheduler.0.T_max=4',
    ),
    'milestones': (
        [dict(type='MultiStepLR', milestones=[3, 7], by_epoch=False)],
        'param_scheduler.0 (MultiStepLR) goes on to iteration 8',
        'param_scheduler.0.milestones=[1,3]',
    ),
}


@pytest.mark.parametrize(('schedule', 'found', 'options'), DIFFERENT.values(), ids=DIFFERENT)
def test_another_length_than_that_of_the_training(tiny, schedule, found, options):
    tiny.param_scheduler = schedule
    runner, warned = built(tiny)
    warn_of_schedule_lengths(runner)
    (warning,) = warned
    assert found in warning
    assert warning.endswith(f'add to --cfg-options: {options}')


FITTING = [
    None,
    [POLY],
    [WARM_UP | dict(end=1), POLY | dict(begin=1, end=4)],
    [WARM_UP | dict(end=2)],
    [dict(type='StepLR', step_size=100, by_epoch=False)],
    [dict(type='MultiStepLR', milestones=[2, 3], by_epoch=False)],
    [dict(type='CosineAnnealingLR', by_epoch=False)],
    [dict(type='PolyLR', end=600, convert_to_iter_based=True)],
]


@pytest.mark.parametrize('schedule', FITTING)
def test_schedules_of_the_length_of_the_training(tiny, schedule):
    """A warm-up may stand alone; one in epochs is not compared."""
    tiny.param_scheduler = schedule
    runner, warned = built(tiny)
    warn_of_schedule_lengths(runner)
    assert not warned


def test_a_schedule_without_an_end_follows_the_training(tiny, repository):
    """As those of most recipes: `train_cfg.max_iters` is then all it takes."""
    tiny.param_scheduler = Config.fromfile(repository / SHORT).param_scheduler
    tiny.train_cfg.max_iters = 60
    runner, warned = built(tiny)
    warn_of_schedule_lengths(runner)
    assert not warned
    assert [scheduler.end for scheduler in runner.param_schedulers] == [60]
