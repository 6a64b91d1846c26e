from pathlib import Path

import pytest
from mmengine.config import Config

from mmseg_ext.common.config import (
    load_config,
    set_seed,
    set_work_dir,
    use_mixed_precision,
    use_test_time_augmentation,
    work_dir_of,
)
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.outputs import keep_predictions
from mmseg_ext.training.reporting.per_class_iou import PerClassIoU
from mmseg_ext.training.reporting.report_metric import use_report_metric

TEXT = """
data_root = 'data/a'
crop_size = (4, 6)
model = dict(type='M', size=crop_size, head=dict(channels=8))
train_dataloader = dict(dataset=dict(type='D', data_root=data_root))
val_dataloader = dict(dataset=dict(type='C', datasets=[
    dict(type='D', data_root=data_root), dict(type='D', data_root='data/other')]))
test_dataloader = dict(dataset=dict(type='D', data_root=data_root, pipeline=[]))
optim_wrapper = dict(type='OptimWrapper', clip_grad=dict(max_norm=1))
my_own_key = 5
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / 'recipe.py'
    file.write_text(TEXT)
    return str(file)


def test_options_are_merged(path):
    config = load_config(path, {'model.head.channels': 16, 'train_cfg.max_iters': 3})
    assert config.model.head.channels == 16
    assert config.train_cfg == dict(max_iters=3)


def test_data_root_reaches_every_data_set_that_used_it(path):
    config = load_config(path, {'data_root': 'X', 'test_dataloader.dataset.data_root': 'Y'})
    assert config.data_root == 'X'
    assert config.train_dataloader.dataset.data_root == 'X'
    assert [d.data_root for d in config.val_dataloader.dataset.datasets] == ['X', 'data/other']
    assert config.test_dataloader.dataset.data_root == 'Y'


@pytest.mark.parametrize(
    ('key', 'message'),
    [
        ('modle.head.channels', 'no such key in the config, did you mean model?'),
        ('train_cgf.max_iters', 'did you mean train_cfg?'),
        ('crop_size', 'only a name inside the config file; set model.size'),
    ],
)
def test_an_option_without_effect_is_an_error(path, key, message):
    with pytest.raises(ConfigError, match='--cfg-options') as caught:
        load_config(path, {key: 1})
    assert message in str(caught.value)


def test_a_key_that_nothing_copied_may_be_set(path):
    assert load_config(path, {'my_own_key': 6}).my_own_key == 6


def test_data_root_without_a_data_set(tmp_path):
    (tmp_path / 'c.py').write_text('a = 1\n')
    with pytest.raises(ConfigError, match='no data set in the config has a data_root'):
        load_config(str(tmp_path / 'c.py'), {'data_root': 'X'})


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('a = dict(\nb=1\n', r"c\.py: line 1: '\(' was never closed"),
        ('a = unknown\n', r"c\.py: NameError: name 'unknown'"),
        ("_base_ = ['./nothing.py']\n", 'no such base file: .*nothing.py'),
        ("_base_ = ['./broken.py']\n", r'broken\.py: line 2'),
        (
            "custom_imports = dict(imports=['no_such_module'], allow_failed_imports=False)\n",
            'no_such_module',
        ),
    ],
)
def test_unreadable_configs_are_explained(tmp_path, text, message):
    (tmp_path / 'broken.py').write_text('a = 1\nb = = 2\n')
    (tmp_path / 'c.py').write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(str(tmp_path / 'c.py'))


def test_missing_config():
    with pytest.raises(ConfigError, match=r'no config file nothing\.py'):
        load_config('nothing.py')


def test_work_dir_is_the_command_lines_then_the_configs_then_the_name(tmp_path):
    (tmp_path / 'recipe.py').touch()
    config = load_config(str(tmp_path / 'recipe.py'))
    set_work_dir(config, None)
    assert Path(config.work_dir) == Path('work_dirs/recipe')
    assert work_dir_of(config) == Path('work_dirs/recipe')
    (tmp_path / 'named.py').write_text("work_dir = 'mine'")
    assert work_dir_of(load_config(str(tmp_path / 'named.py'))) == Path('mine')
    set_work_dir(config, 'elsewhere')
    assert config.work_dir == 'elsewhere'
    set_work_dir(config, None)
    assert config.work_dir == 'elsewhere'


def test_seed_keeps_the_other_settings_of_randomness():
    config = Config(dict(randomness=dict(deterministic=True, seed=1)))
    set_seed(config, None)
    assert config.randomness == dict(deterministic=True, seed=1)
    set_seed(config, 0)
    assert config.randomness == dict(deterministic=True, seed=0)


def test_seed_without_settings_of_randomness():
    config = Config(dict(randomness=None))
    set_seed(config, 0)
    assert config.randomness == dict(seed=0)


def test_mixed_precision(path):
    config = load_config(path)
    use_mixed_precision(config)
    assert config.optim_wrapper == dict(
        type='AmpOptimWrapper', loss_scale='dynamic', clip_grad=dict(max_norm=1)
    )
    use_mixed_precision(config)
    config.optim_wrapper.type = 'BFloat16OptimWrapper'
    use_mixed_precision(config)
    assert config.optim_wrapper.type == 'BFloat16OptimWrapper'
    config.optim_wrapper.type = 'mmengine.OptimWrapper'
    use_mixed_precision(config)
    assert config.optim_wrapper.type == 'AmpOptimWrapper'
    config.optim_wrapper.type = 'ApexOptimWrapper'
    with pytest.raises(ConfigError, match='ApexOptimWrapper'):
        use_mixed_precision(config)


def test_test_time_augmentation(path):
    config = load_config(path)
    with pytest.raises(ConfigError, match='tta_pipeline'):
        use_test_time_augmentation(config)
    config.merge_from_dict(dict(tta_pipeline=[dict(type='T')], tta_model=dict(type='W')))
    use_test_time_augmentation(config)
    assert config.test_dataloader.dataset.pipeline == [dict(type='T')]
    assert config.model.type == 'W' and config.model.module.type == 'M'


def test_test_time_augmentation_of_wrapped_data_sets(path):
    config = load_config(path)
    config.merge_from_dict(dict(tta_pipeline=[dict(type='T')], tta_model=dict(type='W')))
    one = config.test_dataloader.dataset
    both = dict(type='ConcatDataset', datasets=[one, {**one, 'data_root': 'b'}])
    config.test_dataloader.dataset = dict(type='GuardedDataset', dataset=both)
    use_test_time_augmentation(config)
    inner = config.test_dataloader.dataset.dataset.datasets
    assert [each.pipeline for each in inner] == [[dict(type='T')]] * 2


@pytest.mark.parametrize('loader', [None, dict(dataset=dict(type='D'))])
def test_test_time_augmentation_without_a_pipeline_to_replace(path, loader):
    config = load_config(path, dict(tta_pipeline=[dict(type='T')], tta_model=dict(type='W')))
    config.test_dataloader = loader
    with pytest.raises(ConfigError, match='needs a test_dataloader whose data set has a pipeline'):
        use_test_time_augmentation(config)


@pytest.mark.parametrize('kind', ['mmseg.PerClassIoU', PerClassIoU])
def test_metrics_by_scope_or_class(kind):
    config = Config(dict(test_evaluator=dict(type=kind)))
    assert use_report_metric(config, 'test_evaluator') is None
    keep_predictions(config, 'out')
    assert config.test_evaluator.output_dir == 'out'
