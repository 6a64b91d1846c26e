"""Every config builds, reads its data set in the official layout, trains a step and predicts."""

from pathlib import Path

import layouts
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MessageHub
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import DATASETS, METRICS, MODELS

from mmseg_ext.data.toy import draw_toy_streets

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
RECIPES = sorted(path for path in CONFIGS.rglob('*.py') if '_base_' not in path.parts)
CROP = (64, 64)


@pytest.fixture(scope='session')
def data(tmp_path_factory):
    """A folder with every data set, a few frames of each in its official layout."""
    root = tmp_path_factory.mktemp('data')
    layouts.write_camvid(root / 'camvid')
    add_objects(root / 'camvid')
    layouts.write_cityscapes(root / 'cityscapes')
    layouts.write_synthia(root / 'synthia')
    layouts.write_freiburg_forest(root / 'freiburg_forest')
    draw_toy_streets(root / 'toy_streets', frames=dict(train=2, val=2, shift=2), workers=1)
    return root


def add_objects(camvid):
    """Draw a pedestrian and a bicyclist, away from all else and the edge, into one frame."""
    labels = np.zeros((24, 36), np.uint8)
    labels[6:18, 4:9], labels[6:18, 20:25] = 9, 10
    layouts.write_png(max((camvid / 'annotations/train').iterdir()), labels)


@pytest.fixture(params=RECIPES, ids=lambda path: path.stem)
def config(request, data, monkeypatch):
    """A recipe as it is, but for smaller crops and without pre-trained weights."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    config = Config.fromfile(request.param)
    init_default_scope(config.default_scope)
    config.model.pretrained = None
    config.model.backbone.init_cfg = None
    config.model.data_preprocessor.size = CROP
    config.model.test_cfg = dict(mode='whole')
    if config.train_dataloader.sampler.type == 'RareClassSampler':
        config.train_dataloader.sampler.min_pixels = 1
    pipeline = config.train_dataloader.dataset.pipeline
    for transform in pipeline:
        if 'crop_size' in transform:
            transform.crop_size = CROP
        if 'scale' in transform:
            transform.scale = (96, 72)
    return config


def num_classes(config):
    head = config.model.decode_head
    return (head[-1] if isinstance(head, list) else head).num_classes


def test_trains_a_step_and_predicts(config):
    dataset = DATASETS.build(config.train_dataloader.dataset)
    assert len(dataset.metainfo['classes']) == num_classes(config)
    assert set(dataset.metainfo['thing_classes']) <= set(dataset.metainfo['classes'])
    batch = pseudo_collate([dataset[0], dataset[len(dataset) - 1]])
    labelled = [sample.gt_sem_seg.data for sample in batch['data_samples']]
    assert all((ids != 255).any() for ids in labelled)

    hub = MessageHub.get_instance(f'test_configs_{config.filename}')
    hub.update_info_dict(dict(iter=1, max_iters=2, seed=0))
    torch.manual_seed(0)
    model = revert_sync_batchnorm(MODELS.build(config.model)).train()
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    before = [value.detach().clone() for value in model.decode_head.parameters()]
    logged = model.train_step(batch, optimizer)
    assert torch.isfinite(logged['loss'])
    after = model.decode_head.parameters()
    assert any(not torch.equal(a, b) for a, b in zip(after, before, strict=True))

    for dataloader in (config.val_dataloader, config.test_dataloader):
        for transform in dataloader.dataset.pipeline:
            if 'scale' in transform:
                transform.scale = (96, 72)
        sample = DATASETS.build(dataloader.dataset)[0]
        (output,) = model.eval().test_step(pseudo_collate([sample]))
        assert output.pred_sem_seg.shape == output.gt_sem_seg.shape == output.ori_shape


def test_the_rest_of_the_config_builds(config):
    length = config.train_cfg.max_iters
    assert config.param_scheduler[-1].get('end', length) == length
    assert config.train_cfg.val_interval <= length
    for evaluator in (config.val_evaluator, config.test_evaluator):
        METRICS.build(evaluator)
    loader = Runner.build_dataloader({**config.train_dataloader, 'num_workers': 0,
                                      'persistent_workers': False})  # fmt: skip
    assert np.asarray(next(iter(loader))['inputs'][0]).dtype == np.uint8


DEBIASED = [path for path in RECIPES if path.name.startswith('debias_')]


@pytest.mark.parametrize('path', DEBIASED, ids=lambda path: path.stem)
def test_a_debiased_recipe_differs_in_the_head_and_the_quick_start_in_the_swap_too(path):
    debiased = Config.fromfile(path)
    if path.parent == CONFIGS:
        twin = CONFIGS / 'baseline_deeplab.py'
    else:
        twin = CONFIGS / 'baseline' / path.name.removeprefix('debias_')
    plain = Config.fromfile(twin)
    head = debiased.model.decode_head
    head.type = head.pop('head_type')
    head.pop('suppression')
    # A shared variable, which nothing but the head reads.
    debiased.pop('suppressed', None)
    if path.parent == CONFIGS:
        swap = debiased.train_pipeline[2:4]
        assert [transform.type for transform in swap] == ['LoadInstanceMap', 'SwapInstances']
        for pipeline in (debiased.train_pipeline, debiased.train_dataloader.dataset.pipeline):
            del pipeline[2:4]
    assert debiased.to_dict() == plain.to_dict()


BOUNDARY = [path for path in RECIPES if path.name.startswith('boundary_')]
PLAIN_TWINS = [
    (path, twin)
    for path in BOUNDARY
    for twin in (CONFIGS / 'baseline' / path.name.removeprefix('boundary_'),)
    if twin.is_file()
]
PLAIN_TWINS.append((CONFIGS / 'boundary_deeplab.py', CONFIGS / 'baseline_deeplab.py'))


@pytest.mark.parametrize(('path', 'twin'), PLAIN_TWINS, ids=lambda path: path.stem)
def test_a_boundary_recipe_differs_from_its_plain_twin_in_targets_and_tasks_alone(path, twin):
    boundary, plain = Config.fromfile(path), Config.fromfile(twin)
    for key in ('backbone', 'decode_head', 'train_cfg', 'test_cfg'):
        assert boundary.model[key] == plain.model[key]
    tasks = ('LoadInstanceMap', 'GenerateBoundaryTargets', 'PackBoundaryInputs')
    kept = [t for t in boundary.train_dataloader.dataset.pipeline if t.type not in tasks]
    assert kept == plain.train_dataloader.dataset.pipeline[:-1]
    for config in (boundary, plain):
        for key in ('train_pipeline', 'task', 'both', 'model'):
            config.pop(key, None)
        config.train_dataloader.dataset.pop('pipeline')
    assert boundary.to_dict() == plain.to_dict()


GMM = [path for path in RECIPES if path.name.startswith('gmm_')]


@pytest.mark.parametrize('path', GMM, ids=lambda path: path.stem)
def test_a_mixture_recipe_differs_from_its_plain_twin_in_the_head_alone(path):
    mixture = Config.fromfile(path)
    twin = CONFIGS / 'baseline_deeplab.py'
    if path.parent != CONFIGS:
        twin = CONFIGS / 'baseline' / path.name.replace('gmm_', 'deeplabv3plus_')
    assert mixture.model.decode_head.type == 'GMMSkipHead'
    assert_equal_but_for_the_head(mixture, Config.fromfile(twin))


COMBINED = [path for path in RECIPES if path.parent.name == 'combined']


@pytest.mark.parametrize('path', COMBINED, ids=lambda path: path.stem)
def test_a_combined_recipe_differs_from_its_boundary_twin_in_the_head_alone(path):
    combined = Config.fromfile(path)
    methods, _, rest = path.name.partition('_')
    twin = CONFIGS / 'boundary' / f'boundary_{rest}'
    if methods == 'debias-gmm-boundary':
        twin = twin.with_name(f'boundary_deeplabv3plus_{rest}')
    if 'toy-streets' in path.name:
        twin = CONFIGS / 'boundary_deeplab.py'
    boundary = Config.fromfile(twin)
    head = combined.model.decode_head
    assert head.type == 'ClassSuppressionHead'
    if methods == 'debias-gmm-boundary':
        assert head.head_type == 'GMMSkipHead'
    else:
        head.type = head.pop('head_type')
        head.pop('suppression')
        assert head == boundary.model.decode_head
    assert_equal_but_for_the_head(combined, boundary)


def assert_equal_but_for_the_head(ours, theirs):
    ours.pop('suppressed', None)
    heads = [config.model.pop('decode_head') for config in (ours, theirs)]
    assert heads[0].num_classes == heads[1].num_classes
    assert heads[0].get('loss_decode', {}).get('class_weight') == (
        heads[1].loss_decode.get('class_weight')
    )
    assert ours.to_dict() == theirs.to_dict()


SSL = [path for path in RECIPES if path.parent.name == 'ssl']


@pytest.mark.parametrize('path', SSL, ids=lambda path: path.stem)
def test_a_self_supervised_recipe_differs_from_its_plain_twin_in_the_stem_and_its_start_alone(path):
    ssl = Config.fromfile(path)
    plain = Config.fromfile(CONFIGS / 'baseline' / path.name.removeprefix('ssl_'))
    assert ssl.model.pretrained is None
    assert ssl.model.backbone.pop('init_cfg').type == 'Pretrained'
    assert (ssl.model.backbone.pop('type'), plain.model.backbone.pop('type')) == (
        'ResNet', 'ResNetV1c',
    )  # fmt: skip
    ssl.model.pop('pretrained'), plain.model.pop('pretrained')
    assert ssl.to_dict() == plain.to_dict()


def test_hard_example_mining_leaves_pixels_out():
    """Where an image has fewer than `min_kept` pixels, mmseg's sampler takes all, easy or not."""
    config = Config.fromfile(CONFIGS / 'study' / 'ohem.py')
    height, width = config.model.data_preprocessor.size
    assert config.model.decode_head.sampler.min_kept < 0.2 * height * width
