"""Task metrics: hand-drawn counts, and the hook in a real run."""

import math

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from mmseg_ext.boundary.metrics import (
    contour_counts,
    contour_scores,
    distance_counts,
    distance_scores,
    edge_counts,
    edge_scores,
)
from mmseg_ext.boundary.packing import PackBoundaryInputs
from mmseg_ext.boundary.transforms import GenerateBoundaryTargets
from mmseg_ext.common.errors import ConfigError

TARGET = np.array([[0, 0, 1, 0, 0, 0, 0, 0, 255, 1]], np.uint8)


@pytest.mark.parametrize(
    ('prediction', 'expected'),
    [
        ([0, 0, 1, 0, 0, 0, 0, 0, 0, 1], [2, 2, 2, 2]),
        ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 2]),  # two pixels off: a partner
        ([0, 0, 0, 0, 0, 1, 0, 0, 0, 0], [0, 1, 0, 2]),  # three pixels off: none
        ([0, 0, 0, 0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 2]),  # on an ignored pixel: not counted
        ([0] * 10, [0, 0, 0, 2]),
    ],
)
def test_edge_counts(prediction, expected):
    assert edge_counts(np.array([prediction]), TARGET).tolist() == expected


def test_edge_tolerance_is_euclidean():
    target, prediction = np.zeros((2, 5, 5), np.uint8)
    target[0, 0], prediction[2, 1] = 1, 1
    assert edge_counts(prediction, target, 2.0)[0] == 0
    assert edge_counts(prediction, target, 5**0.5)[0] == 1
    with pytest.raises(ValueError, match='differ in shape'):
        edge_counts(prediction[1:], target)


def test_edge_scores():
    scores = edge_scores(np.array([3, 4, 1, 2]))
    assert scores == pytest.approx(dict(precision=75, recall=50, F=60))
    assert edge_scores(np.array([0, 4, 0, 2]))['F'] == 0
    assert edge_scores(np.array([0, 0, 0, 2]))['F'] == 0
    assert math.isnan(edge_scores(np.zeros(4, int))['F'])


def test_contour_leaves_the_background_out():
    target = np.array([[0, 0, 1, 2, 2, 255]], np.uint8)
    matrix = contour_counts(np.array([[0, 1, 1, 2, 0, 1]], np.uint8), target, 2)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert contour_scores(matrix)['mIoU'] == pytest.approx(100 * (1 / 3 + 1 / 2) / 2)
    assert math.isnan(contour_scores(np.diag([0, 0, 9]))['mIoU'])


def test_distance_counts_on_instances_only():
    levels = np.array([[0, 0, 5, 3, 255]], np.uint8)
    assert distance_counts(np.array([[1, 0, 5, 2, 4]], np.uint8), levels).tolist() == [1, 2]
    fractions = np.array([[0, 0.5, 1.0, -1]], np.float32)
    assert distance_counts(np.array([[9, 0.55, 0.8, 0]], np.float32), fractions).tolist() == [1, 2]
    assert distance_scores(np.array([1, 2])) == dict(accuracy=50)
    assert math.isnan(distance_scores(np.array([0, 0]))['accuracy'])


@DATASETS.register_module()
class TwoSquares(Dataset):
    """Drawn frames of one square each, labels 0 and 1, through the real end of a pipeline."""

    METAINFO = dict(classes=('ground', 'square'), thing_classes=('square',))
    metainfo = dict(classes=('ground', 'square'), palette=[[0, 0, 0], [255, 0, 0]])

    def __len__(self):
        return 2

    def __getitem__(self, index):
        labels = np.zeros((32, 40), np.uint8)
        labels[8:20, 8 + 4 * index : 24] = 1
        sample = dict(
            img=np.repeat(labels[..., None] * 200, 3, 2),
            gt_seg_map=labels,
            img_shape=(32, 40),
            ori_shape=(32, 40),
            img_path=f'{index}.png',
        )
        return PackBoundaryInputs()(GenerateBoundaryTargets(dataset='TwoSquares')(sample))


@DATASETS.register_module()
class TwoViews(TwoSquares):
    """The same as `TestTimeAug` gives it."""

    def __getitem__(self, index):
        return {key: [value, value] for key, value in super().__getitem__(index).items()}


def config(work_dir, heads, mode='whole', align_corners=False):
    norm = dict(type='BN')
    plain = dict(in_channels=8, in_index=0, channels=4, norm_cfg=norm, align_corners=align_corners)
    loader = dict(
        batch_size=2,
        num_workers=0,
        dataset=dict(type='TwoSquares'),
        sampler=dict(type='DefaultSampler', shuffle=False),
    )
    return Config(
        dict(
            default_scope='mmseg',
            work_dir=str(work_dir),
            log_level='ERROR',
            model=dict(
                type='EncoderDecoder',
                data_preprocessor=dict(
                    type='BoundaryDataPreProcessor',
                    size=(32, 48),
                    mean=[100.0] * 3,
                    std=[100.0] * 3,
                    test_cfg=dict(size_divisor=16),
                ),
                backbone=dict(
                    type='ResNetV1c',
                    depth=18,
                    base_channels=8,
                    num_stages=1,
                    strides=(1,),
                    dilations=(1,),
                    out_indices=(0,),
                    norm_cfg=norm,
                ),
                decode_head=dict(
                    type='FCNHead', num_convs=1, num_classes=2, out_channels=2, **plain
                ),
                auxiliary_head=[
                    dict(
                        type=head, **plain, **(dict(num_classes=2) if head == 'ContourHead' else {})
                    )
                    for head in heads
                ],
                test_cfg=dict(mode=mode, crop_size=(16, 16), stride=(16, 16)),
            ),
            train_dataloader=dict(loader, sampler=dict(type='InfiniteSampler')),
            val_dataloader=dict(loader, batch_size=1),
            test_dataloader=loader,
            train_cfg=dict(type='IterBasedTrainLoop', max_iters=6, val_interval=6),
            val_cfg=dict(type='ValLoop'),
            test_cfg=dict(type='TestLoop'),
            val_evaluator=dict(type='PerClassIoU'),
            test_evaluator=dict(type='PerClassIoU'),
            optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-2)),
            default_hooks=dict(checkpoint=None),
            custom_hooks=[dict(type='BoundaryMetricHook')],
        )
    )


@pytest.mark.parametrize('align_corners', [False, True])
def test_hook_scores_the_heads_in_a_real_run(tmp_path, align_corners):
    torch.manual_seed(0)
    heads = ['EdgeHead', 'ContourHead', 'DistanceHead']
    runner = Runner.from_cfg(config(tmp_path, heads, align_corners=align_corners))
    runner.train()
    metrics = runner.test()
    expected = {'edge/precision', 'edge/recall', 'edge/F', 'contour/mIoU', 'distance/accuracy'}
    assert expected <= set(metrics)
    assert all(0 <= metrics[name] <= 100 for name in expected if not math.isnan(metrics[name]))
    for name in expected:
        assert runner.message_hub.get_scalar(f'val/{name}') is not None
    # The same figures by hand, from the heads' own logits on the unpadded frames.
    model = runner.model.eval()
    counts = 0
    for frame in (runner.test_dataloader.dataset[0], runner.test_dataloader.dataset[1]):
        data = model.data_preprocessor(pseudo_collate([frame]))
        with torch.no_grad():
            logits = model.auxiliary_head[0](model.backbone(data['inputs']))
        logits = torch.nn.functional.interpolate(
            logits, size=(32, 48), mode='bilinear', align_corners=align_corners
        )
        target = frame['data_samples'].gt_edge_map.data[0].numpy()
        counts = counts + edge_counts(logits[0, 0, :, :40].numpy() > 0, target)
    assert metrics['edge/F'] == pytest.approx(edge_scores(counts)['F'], nan_ok=True)


def test_hook_scores_a_test_in_half_precision(tmp_path):
    half = config(tmp_path, ['EdgeHead', 'ContourHead', 'DistanceHead'])
    half.test_cfg.fp16 = True
    assert {'edge/F', 'contour/mIoU', 'distance/accuracy'} <= set(Runner.from_cfg(half).test())


def test_hook_says_that_test_time_augmentation_has_no_scores(tmp_path, caplog):
    augmented = config(tmp_path, ['EdgeHead'])
    augmented.log_level = 'WARNING'
    augmented.model = dict(type='SegTTAModel', module=augmented.model)
    augmented.test_dataloader.dataset.type = 'TwoViews'
    runner = Runner.from_cfg(augmented)
    runner.logger.addHandler(caplog.handler)
    metrics = runner.test()
    assert 'mIoU' in metrics and 'edge/F' not in metrics
    assert 'no scores of the boundary tasks' in caplog.text


def test_heads_of_one_task_are_told_apart(tmp_path):
    runner = Runner.from_cfg(config(tmp_path, ['EdgeHead', 'EdgeHead']))
    metrics = runner.test()
    assert {'edge_0/F', 'edge_1/F'} <= set(metrics)
    assert 'edge/F' not in metrics


@pytest.mark.parametrize(
    ('heads', 'mode', 'message'),
    [([], 'whole', 'found no boundary head'), (['EdgeHead'], 'slide', "mode='whole'")],
)
def test_hook_says_what_it_needs(tmp_path, heads, mode, message):
    runner = Runner.from_cfg(config(tmp_path, heads, mode))
    with pytest.raises(ConfigError, match=message):
        runner.test()
