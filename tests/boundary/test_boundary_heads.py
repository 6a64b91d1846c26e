"""One tester for every head of the boundary tasks, in a whole segmentor."""

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch.testing import assert_close

from mmseg_ext.boundary.targets import distance_levels, distance_map, edge_map, semantic_contour
from mmseg_ext.common.errors import ConfigError

NORM = dict(type='BN')
NUM_CLASSES = 3
PLAIN = dict(in_channels=8, in_index=0, channels=4, norm_cfg=NORM)
BRANCH = dict(in_channels=4, channels=4, norm_cfg=NORM)
RESNET = dict(
    type='ResNetV1c',
    depth=18,
    base_channels=8,
    num_stages=2,
    strides=(1, 2),
    dilations=(1, 1),
    out_indices=(0, 1),
    norm_cfg=NORM,
)
HOURGLASS = dict(type='HourglassBackbone', base_channels=2)
FCN = dict(
    type='FCNHead', in_channels=16, channels=4, num_convs=1, norm_cfg=NORM, num_classes=NUM_CLASSES
)
SEMANTIC = dict(type='HourglassBranchHead', num_classes=NUM_CLASSES, **BRANCH)
MULTIPLE = dict(PLAIN, in_channels=[8, 16], in_index=[0, 1], input_transform='resize_concat')

# head, loss in the log, outputs
TASKS = [
    ('Edge', {}, 'loss_edge', 1),
    ('Contour', dict(num_classes=NUM_CLASSES), 'loss_contour', NUM_CLASSES + 1),
    ('Distance', {}, 'loss_distance', 6),
    ('Distance', dict(levels=None), 'loss_distance', 1),
]
BODIES = [
    ('', PLAIN, RESNET, FCN),
    ('', MULTIPLE, RESNET, FCN),
    ('Hourglass', BRANCH, HOURGLASS, SEMANTIC),
]


def segmentor(backbone, decode_head, *auxiliary):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=backbone,
            decode_head=decode_head,
            auxiliary_head=list(auxiliary) or None,
            test_cfg=ConfigDict(mode='whole'),
            data_preprocessor=dict(type='BoundaryDataPreProcessor', size=(32, 48)),
        )
    )
    model.init_weights()
    return model


def sample(fractions=False, ignored=False, shape=(32, 40)):
    """A frame with two touching instances of class 1 and a hole; smaller than the batch."""
    labels = np.zeros(shape, np.uint8)
    instances = np.zeros(shape, np.int32)
    labels[4:20, 4:30], instances[4:20, 4:17], instances[4:20, 17:30] = 1, 1, 2
    labels[10:12, 10:12] = 255
    if ignored:
        labels[:] = 255
    edges = edge_map(labels, instances)
    maps = dict(
        gt_sem_seg=labels.astype(np.int64),
        gt_edge_map=edges.astype(np.int64),
        gt_contour_map=semantic_contour(labels, edges, NUM_CLASSES),
        gt_distance_map=(distance_map if fractions else distance_levels)(labels, instances, [1]),
    )
    packed = SegDataSample()
    for key, value in maps.items():
        packed.set_data({key: PixelData(data=torch.from_numpy(value)[None])})
    return packed


def losses_of(model, **kwargs):
    images = [torch.rand(3, 32, 40, generator=torch.Generator().manual_seed(i)) for i in range(2)]
    data = dict(inputs=images, data_samples=[sample(**kwargs) for _ in range(2)])
    return model(**model.data_preprocessor(data, training=True), mode='loss')


@pytest.fixture(
    params=[(task, body) for task in TASKS for body in BODIES],
    ids=lambda p: f'{p[1][0]}{p[0][0]}-{p[0][3]}-{p[1][1].get("input_transform")}',
)
def case(request):
    (task, arguments, loss, outputs), (prefix, body, backbone, decode_head) = request.param
    head = dict(type=f'{prefix}{task}Head', **body, **arguments)
    return segmentor(backbone, decode_head, head), loss, outputs


def test_trains_under_its_own_name(case):
    model, name, outputs = case
    fractions = name == 'loss_distance' and outputs == 1
    losses = losses_of(model, fractions=fractions)
    total, log = model.parse_losses(losses)
    total.backward()
    assert f'aux_0.{name}' in log
    assert 0 < losses[f'aux_0.{name}'] < 10
    head = model.auxiliary_head[0]
    assert head.conv_seg.out_channels == outputs
    for parameter in head.parameters():
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0
    assert next(model.backbone.parameters()).grad.abs().sum() > 0


def test_all_ignored_batch_is_zero(case):
    model, name, outputs = case
    losses = losses_of(model, ignored=True, fractions=name == 'loss_distance' and outputs == 1)
    loss = losses[f'aux_0.{name}']
    loss.backward()
    assert loss.item() == 0
    assert all((p.grad == 0).all() for p in model.auxiliary_head.parameters())


def test_inference_is_that_of_the_plain_model(case, tmp_path):
    model, _, _ = case
    plain = segmentor(
        *(HOURGLASS, SEMANTIC) if 'Hourglass' in type(model.backbone).__name__ else (RESNET, FCN)
    )
    torch.save(model.state_dict(), tmp_path / 'model.pth')
    weights = torch.load(tmp_path / 'model.pth', weights_only=True)
    result = plain.load_state_dict(weights, strict=False)
    assert not result.missing_keys
    assert all(key.startswith('auxiliary_head.') for key in result.unexpected_keys)
    image = torch.rand(1, 3, 32, 48)
    for each in (plain, model):
        each.eval()
    with torch.no_grad():
        expected = plain(image, mode='predict')[0].seg_logits.data
        model.auxiliary_head[0].conv_seg.register_forward_pre_hook(
            lambda *_: pytest.fail('the auxiliary head ran')
        )
        assert_close(model(image, mode='predict')[0].seg_logits.data, expected, rtol=0, atol=0)
    assert expected.shape == (NUM_CLASSES, 32, 48)


def test_learns_edges_on_a_drawing():
    model = segmentor(RESNET, FCN, dict(type='EdgeHead', **PLAIN))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    history = []
    for _ in range(8):
        optimizer.zero_grad()
        total, log = model.parse_losses(losses_of(model))
        total.backward()
        optimizer.step()
        history.append(log['aux_0.loss_edge'].item())
    assert history[-1] < 0.9 * history[0]


def test_uncertainty_is_learned_for_all_tasks_together():
    wrapped = [
        dict(type='UncertaintyWeightedLoss', loss=dict(type=name))
        for name in ('CrossEntropyLoss', 'BalancedBCELoss', 'BalancedCrossEntropyLoss')
    ]
    model = segmentor(
        RESNET,
        dict(FCN, loss_decode=wrapped[0]),
        dict(type='EdgeHead', loss_decode=wrapped[1], **PLAIN),
        dict(type='ContourHead', num_classes=NUM_CLASSES, loss_decode=wrapped[2], **PLAIN),
    )
    total, log = model.parse_losses(losses_of(model))
    total.backward()
    assert {'decode.loss_ce', 'aux_0.loss_edge', 'aux_1.loss_contour'} <= set(log)
    learned = {n: p.grad for n, p in model.named_parameters() if 'log_variance' in n}
    assert len(learned) == 3
    assert all(grad.abs() > 0 for grad in learned.values())


def test_several_losses_each_under_its_name():
    model = segmentor(
        RESNET,
        FCN,
        dict(
            type='EdgeHead',
            **PLAIN,
            loss_decode=[
                dict(type='BalancedBCELoss'),
                dict(
                    type='BalancedBCELoss',
                    balance=0.0,
                    loss_weight=0.5,
                    loss_name='loss_edge_plain',
                ),
            ],
        ),
    )
    assert {'aux_0.loss_edge', 'aux_0.loss_edge_plain'} <= set(losses_of(model))


def test_losses_of_one_name_add_up():
    loss = dict(type='BalancedBCELoss')
    heads = [dict(type='EdgeHead', **PLAIN, loss_decode=losses) for losses in (loss, [loss, loss])]
    once, twice = (losses_of(segmentor(RESNET, FCN, head))['aux_0.loss_edge'] for head in heads)
    assert_close(twice, 2 * once)


@pytest.mark.parametrize(
    'head', [dict(type='ContourHead', num_classes=NUM_CLASSES), dict(type='DistanceHead')]
)
def test_the_cross_entropy_of_mmseg_is_the_balanced_one_without_balance(head):
    losses = [
        dict(type='CrossEntropyLoss', avg_non_ignore=True, loss_name='loss_task'),
        dict(type='BalancedCrossEntropyLoss', balance=0.0, loss_name='loss_task'),
    ]
    heads = [dict(head, **PLAIN, loss_decode=loss) for loss in losses]
    theirs, ours = (losses_of(segmentor(RESNET, FCN, one))['aux_0.loss_task'] for one in heads)
    assert_close(theirs, ours)


@pytest.mark.parametrize(
    'head', [dict(type='EdgeHead'), dict(type='ContourHead', num_classes=NUM_CLASSES)]
)
def test_the_ignored_id_of_the_labels_is_not_that_of_the_targets(head):
    losses = [
        losses_of(segmentor(RESNET, FCN, dict(head, **PLAIN, **index)), ignored=True)
        for index in ({}, dict(ignore_index=0))
    ]
    (name,) = {name for name in losses[0] if name.startswith('aux_0.loss')}
    assert_close(losses[0][name], losses[1][name])


def test_a_sampler_of_pixels_is_refused():
    with pytest.raises(ConfigError, match='EdgeHead takes no sampler'):
        MODELS.build(dict(type='EdgeHead', sampler=dict(type='OHEMPixelSampler'), **PLAIN))


@MODELS.register_module()
class ListedBCELoss(torch.nn.Module):
    """A loss that returns a list, of which mmengine adds up the means."""

    loss_name = 'loss_edge'

    def __init__(self):
        super().__init__()
        self.whole = MODELS.build(dict(type='BalancedBCELoss'))

    def forward(self, logits, target, weight=None, ignore_index=255):
        return [self.whole(logits, target, ignore_index=ignore_index)]


def test_a_loss_that_returns_a_list_adds_up_with_one_of_the_same_name():
    ours = dict(type='BalancedBCELoss')
    heads = [
        dict(type='EdgeHead', **PLAIN, loss_decode=[ours, other])
        for other in (ours, dict(type='ListedBCELoss'))
    ]
    twice, mixed = (losses_of(segmentor(RESNET, FCN, head))['aux_0.loss_edge'] for head in heads)
    assert_close(mixed, twice)


@pytest.mark.parametrize('head_type', ['ContourHead', 'HourglassEdgeHead'])
def test_class_suppression_around_it_is_refused(head_type):
    pytest.importorskip('mmseg_ext.debias')
    with pytest.raises(ConfigError, match='does not learn the classes of the labels'):
        MODELS.build(dict(type='ClassSuppressionHead', head_type=head_type, num_classes=3, **PLAIN))


def test_a_class_token_beside_a_map_has_no_part():
    head = MODELS.build(dict(type='EdgeHead', **PLAIN))
    level, token = torch.rand(1, 8, 4, 4), torch.rand(1, 8)
    assert_close(head(([level, token], [level + 1, token])), head((level, level + 1)))


def test_a_single_map_in_place_of_several_is_refused():
    head = MODELS.build(dict(type='EdgeHead', **PLAIN))
    with pytest.raises(ConfigError, match='EdgeHead: .* in training alone, as PIDNet and DDRNet'):
        head(torch.rand(2, 8, 4, 4))


def test_missing_target_is_named():
    model = segmentor(RESNET, FCN, dict(type='EdgeHead', **PLAIN))
    packed = sample()
    del packed.gt_edge_map
    with pytest.raises(ConfigError, match='EdgeHead needs gt_edge_map.*GenerateBoundaryTargets'):
        model(torch.rand(1, 3, 32, 40), [packed], mode='loss')


@pytest.mark.parametrize(
    ('levels', 'fractions', 'message'),
    [
        (5, True, "distance='levels'.*got targets of torch.float32"),
        (None, False, "distance='fraction'.*got targets of torch.uint8"),
    ],
)
def test_wrong_kind_of_distance_is_named(levels, fractions, message):
    model = segmentor(RESNET, FCN, dict(type='DistanceHead', levels=levels, **PLAIN))
    with pytest.raises(ConfigError, match=message):
        losses_of(model, fractions=fractions)


def test_targets_of_another_size_than_the_labels_are_refused():
    model = segmentor(RESNET, FCN, dict(type='EdgeHead', **PLAIN))
    packed = sample()
    packed.gt_edge_map = PixelData(data=packed.gt_edge_map.data[:, :16])
    with pytest.raises(ConfigError, match=r'is \(16, 40\) and the labels.*BoundaryDataPreProc'):
        model(torch.rand(1, 3, 32, 40), [packed], mode='loss')


@pytest.mark.parametrize(
    ('head', 'made', 'message'),
    [
        (dict(type='ContourHead', num_classes=19), dict(contour_classes=12), 'classes=19, .* 12'),
        (dict(type='DistanceHead', levels=10), dict(distance_levels=5), 'levels=10, but .* made 5'),
    ],
)
def test_targets_of_other_classes_than_the_outputs_are_refused(head, made, message):
    model = segmentor(RESNET, FCN, head | PLAIN)
    packed = sample()
    packed.set_metainfo(made)
    with pytest.raises(ConfigError, match=message):
        model(torch.rand(1, 3, 32, 40), [packed], mode='loss')


@pytest.mark.parametrize('name', ['EdgeHead', 'DistanceHead', 'HourglassEdgeHead'])
def test_outputs_that_follow_from_the_task_are_not_to_be_given(name):
    with pytest.raises(ConfigError, match='follow from the task; remove num_classes and threshold'):
        MODELS.build(dict(type=name, num_classes=19, threshold=0.3, in_channels=8, channels=8))
