"""The loss of both branches against a computation from the formulas in float64."""

import math

import pytest
import torch
import torch.nn.functional as F
from heads import (
    COMMON,
    HEADS,
    NUM_CLASSES,
    data_samples,
    features,
    labels,
    mean_cross_entropy,
    set_progress,
    suppressed_head,
)
from mmengine.logging import MessageHub
from mmengine.runner.activation_checkpointing import turn_on_activation_checkpointing
from mmseg.registry import MODELS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.training_progress import Progress
from mmseg_ext.debias import ClassSuppressionHead
from mmseg_ext.debias.decode_losses import decode_losses

ALWAYS, NEVER = dict(drop_probability=1.0), dict(drop_probability=0.0)


def head_in_training(suppression, **changes):
    torch.manual_seed(0)
    return suppressed_head(suppression=suppression, dropout_ratio=0, **changes).double().train()


def branch_logits(head, dropped):
    """Both branches from the formulas; the features of FCNHead are taken with its own layers."""
    with torch.no_grad():
        feature = head._forward_feature(features(torch.float64))
        weight = head.conv_seg.weight[..., 0, 0]
        per_class = [-weight[0], weight[0]] if len(weight) == 1 else list(weight)
        kept = [w.clamp(min=0) for c, w in enumerate(per_class) if c != dropped]
        mean_weight = sum(kept) / len(kept)
        selection = head.feature_selection
        mixed = selection.conv(feature * mean_weight.view(1, -1, 1, 1))
        mixed = F.batch_norm(mixed, None, None, training=True, eps=selection.norm.eps)
        return head.conv_seg(feature), head.conv_seg(mixed.clamp(min=0))


@pytest.mark.parametrize('suppression', [ALWAYS, NEVER], ids=['b=1', 'b=0'])
def test_equals_the_formulas(suppression):
    set_progress(30)
    head = head_in_training(dict(weight=7.0, **suppression))
    drop = head.drop_policy.at(Progress(30, 100, 0))
    assert (drop.dropped is None) == (suppression is NEVER)
    ids = labels()
    losses = head.loss(features(torch.float64), data_samples(ids), None)

    plain, suppressed = branch_logits(head, drop.dropped)
    close = dict(rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(losses['loss_ce'], 0.7 * mean_cross_entropy(plain, ids), **close)
    without = ids.clone()
    expected_term = torch.zeros((), dtype=torch.float64)
    if drop.dropped is not None:
        without[ids == drop.dropped] = 255
        exponentials = suppressed.exp()
        probability = exponentials[:, drop.dropped] / exponentials.sum(1)
        expected_term = 7.0 * probability.mean()
    torch.testing.assert_close(
        losses['suppressed.loss_ce'], 0.3 * mean_cross_entropy(suppressed, without), **close
    )
    torch.testing.assert_close(losses['loss_suppression'], expected_term, **close)
    assert losses['tau'] == 0.3


@pytest.mark.parametrize('shown', ['all', 'dropped', 'none'])
@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.bfloat16])
def test_losses_are_those_of_a_host_that_asks_for_labels(dtype, shown):
    """A branch without a labelled pixel counts 0, and no bit of another loss differs."""
    set_progress(30)
    drop = head_in_training(ALWAYS).drop_policy.at(Progress(30, 100, 0))
    ids = labels() if shown == 'all' else torch.full((2, 1, 32, 48), 255)
    if shown == 'dropped':
        ids[..., 9:, :] = drop.dropped
    ours, asked = (head_in_training(ALWAYS).to(dtype) for _ in range(2))
    losses = ours.loss(features(dtype), data_samples(ids), None)

    feature = asked._forward_feature(features(dtype))
    selected = asked._selected(feature, drop.dropped)
    expected = {}
    for name, branch, seen, factor in (
        ('loss_ce', feature, ids, 0.7),
        ('suppressed.loss_ce', selected, ids.masked_fill(ids == drop.dropped, 255), 0.3),
    ):
        if (seen == 255).all():
            seen, factor = seen.clone(), 0.0
            seen[..., 0, 0] = 0
        logits = asked.conv_seg(branch)
        expected[name] = factor * decode_losses(asked, logits, seen)['loss_ce']
        if name == 'suppressed.loss_ce':
            expected['loss_suppression'] = 10 * logits.softmax(1)[:, drop.dropped].mean()
    for total in ({name: losses[name] for name in expected}, expected):
        sum(total.values()).backward()
    for name, value in expected.items():
        assert torch.equal(losses[name], value), name
    # Gradients of the branches may be added up in another order.
    few_bits = dict(rtol=8 * torch.finfo(dtype).eps, atol=8 * torch.finfo(dtype).eps)
    for one, other in zip(ours.parameters(), asked.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, **few_bits)


def gradients_of_the_term(**options):
    set_progress(30)
    head = head_in_training(dict(**ALWAYS, **options))
    term = head.loss(features(torch.float64), data_samples(labels()), None)['loss_suppression']
    term.backward()
    return head, term.detach()


def test_a_detached_classifier_gets_no_gradient_from_the_term_but_the_feature_does():
    head, term = gradients_of_the_term()
    fixed, same_term = gradients_of_the_term(detach_classifier=True)
    torch.testing.assert_close(term, same_term, rtol=1e-12, atol=0)
    assert head.conv_seg.bias.grad.abs().max() > 0
    assert fixed.conv_seg.bias.grad is None
    for one, other in zip(head.convs.parameters(), fixed.convs.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-10, atol=1e-14)
    # What is left reaches the weight through the selection alone, where the dropped class has none.
    dropped = fixed.drop_policy.at(Progress(30, 100, 0)).dropped
    reached = fixed.conv_seg.weight.grad.flatten(1).abs().sum(1) > 0
    assert not reached[dropped] and reached.sum() == NUM_CLASSES - 1


def test_the_labels_of_the_batch_stay_as_they_are():
    set_progress(30)
    samples = data_samples(labels())
    head_in_training(ALWAYS).loss(features(torch.float64), samples, None)
    for sample, ids in zip(samples, labels(), strict=True):
        assert torch.equal(sample.gt_sem_seg.data, ids)


@pytest.mark.parametrize('avg_non_ignore', [True, False])
@pytest.mark.parametrize('loss_type', ['CrossEntropyLoss', 'DiceLoss'])
def test_an_all_ignored_batch_costs_nothing_but_the_suppression(loss_type, avg_non_ignore):
    set_progress(30)
    options = dict(avg_non_ignore=avg_non_ignore) if loss_type == 'CrossEntropyLoss' else {}
    head = head_in_training(ALWAYS, loss_decode=dict(type=loss_type, **options))
    ids = torch.full((2, 1, 32, 48), 255)
    losses = head.loss(features(torch.float64), data_samples(ids), None)
    branches = [v for k, v in losses.items() if 'loss' in k and k != 'loss_suppression']
    assert len(branches) == 2 and all(value == 0 for value in branches)
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in head.parameters())


def test_a_binary_batch_of_the_dropped_class_alone_costs_the_suppressed_branch_nothing():
    set_progress(30)
    binary = dict(type='CrossEntropyLoss', use_sigmoid=True)
    head = head_in_training(
        ALWAYS, num_classes=2, out_channels=1, threshold=0.5, loss_decode=binary
    )
    dropped = head.drop_policy.at(Progress(30, 100, 0)).dropped
    losses = head.loss(
        features(torch.float64), data_samples(torch.full((2, 1, 32, 48), dropped)), None
    )
    assert losses['suppressed.loss_ce'] == 0 and losses['loss_ce'] > 0


@pytest.mark.methods('boundary')
def test_an_all_ignored_batch_leaves_the_parameters_of_the_loss_in_the_graph():
    set_progress(30)
    ce = dict(type='UncertaintyWeightedLoss', loss=dict(type='CrossEntropyLoss'))
    head = head_in_training(ALWAYS, loss_decode=ce)
    samples = data_samples(torch.full((2, 1, 32, 48), 255))
    losses = head.loss(features(torch.float64), samples, None)
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert head.loss_decode.log_variance.grad == 0


def test_a_batch_of_the_dropped_class_alone_costs_the_suppressed_branch_nothing():
    set_progress(30)
    head = head_in_training(ALWAYS)
    dropped = head.drop_policy.at(Progress(30, 100, 0)).dropped
    ids = torch.full((2, 1, 32, 48), dropped)
    losses = head.loss(features(torch.float64), data_samples(ids), None)
    assert losses['suppressed.loss_ce'] == 0
    assert losses['loss_ce'] > 0 and losses['loss_suppression'] > 0


def test_draw_from_present_classes_reads_the_labels():
    set_progress(30)
    head = head_in_training(dict(draw='present', **ALWAYS))
    ids = torch.full((2, 1, 32, 48), 3)
    losses = head.loss(features(torch.float64), data_samples(ids), None)
    _, suppressed = branch_logits(head, dropped=3)
    expected = 10 * suppressed.softmax(1)[:, 3].mean()
    torch.testing.assert_close(losses['loss_suppression'], expected)


def test_an_ignored_class_is_not_present():
    set_progress(30)
    head = head_in_training(dict(draw='present', **ALWAYS), ignore_index=2)
    ids = torch.full((2, 1, 32, 48), 2)
    ids[..., :10] = 3
    losses = head.loss(features(torch.float64), data_samples(ids), None)
    _, suppressed = branch_logits(head, dropped=3)
    torch.testing.assert_close(losses['loss_suppression'], 10 * suppressed.softmax(1)[:, 3].mean())


@pytest.mark.parametrize('iteration', [30, 31, 32, 33])
def test_binary_segmentation_with_one_output(iteration):
    set_progress(iteration)
    head = head_in_training(
        ALWAYS, num_classes=2, out_channels=1, threshold=0.5,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True),
    )  # fmt: skip
    drop = head.drop_policy.at(Progress(iteration, 100, 0))
    losses = head.loss(features(torch.float64), data_samples(labels(num_classes=2)), None)
    _, suppressed = branch_logits(head, drop.dropped)
    foreground = 1 / (1 + (-suppressed).exp())
    expected = 10 * (foreground if drop.dropped == 1 else 1 - foreground).mean()
    torch.testing.assert_close(losses['loss_suppression'], expected)
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert head.conv_seg.weight.grad.isfinite().all()


def test_every_loss_of_the_head_is_weighed_in_both_branches():
    set_progress(25)
    decode = [
        dict(type='CrossEntropyLoss', loss_name='loss_ce'),
        dict(type='DiceLoss', loss_name='loss_dice'),
    ]
    losses = head_in_training(NEVER, loss_decode=decode).loss(
        features(torch.float64), data_samples(labels()), None
    )
    assert {'loss_dice', 'suppressed.loss_dice'} < set(losses)


OHEM = dict(type='OHEMPixelSampler', thresh=0.7, min_kept=100)


@pytest.mark.parametrize(
    'changes',
    [
        dict(),
        dict(sampler=OHEM),
        dict(loss_decode=[dict(type='CrossEntropyLoss'), dict(type='CrossEntropyLoss')]),
        dict(align_corners=True, loss_decode=dict(type='DiceLoss')),
    ],
    ids=['cross-entropy', 'ohem', 'two of one name', 'dice'],
)
def test_the_losses_of_a_branch_are_those_of_mmseg(changes):
    head = MODELS.build(dict(type='FCNHead', **COMMON, **HEADS['FCNHead'], **changes))
    logits, ids = torch.randn(2, NUM_CLASSES, 8, 12), labels()
    reference = head.loss_by_feat(logits, data_samples(ids))
    assert 'acc_seg' in reference
    ours = decode_losses(head, logits, ids)
    assert set(ours) == set(reference) - {'acc_seg'}
    for name, value in ours.items():
        torch.testing.assert_close(value, reference[name], rtol=0, atol=0)


@MODELS.register_module()
class ListedLoss(torch.nn.Module):
    """A loss that returns a list, of which mmengine adds up the means."""

    loss_name = 'loss_ce'

    def forward(self, logits, ids, weight=None, ignore_index=255):
        loss = F.cross_entropy(logits, ids, ignore_index=ignore_index, reduction='none')
        return [loss[:1], loss[1:]]


def test_a_loss_may_return_a_list():
    set_progress(30)
    several = [dict(type='ListedLoss'), dict(type='DiceLoss')]
    head = head_in_training(NEVER, loss_decode=several)
    losses = head.loss(features(torch.float64), data_samples(labels()), None)
    plain, _ = branch_logits(head, dropped=None)
    size = dict(size=(32, 48), mode='bilinear', align_corners=False)
    parts = ListedLoss()(F.interpolate(plain, **size), labels().squeeze(1))
    torch.testing.assert_close(losses['loss_ce'], 0.7 * sum(part.mean() for part in parts))
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert head.conv_seg.weight.grad.isfinite().all()


def test_a_list_and_a_tensor_of_one_name_add_up():
    several = [dict(type='CrossEntropyLoss'), dict(type='ListedLoss')]
    head = MODELS.build(dict(type='FCNHead', **COMMON, **HEADS['FCNHead'], loss_decode=several))
    logits, ids = torch.randn(2, NUM_CLASSES, 32, 48), labels()
    expected = decode_losses(head, logits, ids)['loss_ce']
    one, other = head.loss_decode
    ids = ids.squeeze(1)
    assert expected == one(logits, ids, ignore_index=255) + sum(
        part.mean() for part in other(logits, ids)
    )


@pytest.mark.parametrize('detach_classifier', [False, True])
def test_a_step_that_drops_nothing_costs_nothing_where_the_sum_of_the_logits_overflows(
    detach_classifier,
):
    head = head_in_training(dict(detach_classifier=detach_classifier, **NEVER))
    drop = head.drop_policy.at(Progress(30, 100, 0))
    logits = torch.full((2, NUM_CLASSES, 32, 48), 60000.0, dtype=torch.float16)
    assert not logits.sum().isfinite()
    assert head._suppression_loss(logits, drop) == 0


def test_every_parameter_stays_in_the_graph_where_nothing_is_dropped():
    """Otherwise `DistributedDataParallel` would wait for its gradient."""
    set_progress(30)
    head = head_in_training(NEVER)
    losses = head.loss(features(torch.float64), data_samples(labels()), None)
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    assert all(parameter.grad is not None for parameter in head.parameters())


def test_activation_checkpointing_of_the_head_is_refused():
    set_progress(30)
    model = torch.nn.ModuleDict(dict(decode_head=head_in_training(ALWAYS)))
    turn_on_activation_checkpointing(model, 'decode_head')
    with pytest.raises(ConfigError, match='activation_checkpointing does: its gradient would be c'):
        model.decode_head.loss(features(torch.float64), data_samples(labels()), None)


def test_activation_checkpointing_of_a_part_of_the_head_changes_no_gradient():
    set_progress(30)
    gradients = []
    for parts in ([], ['decode_head.convs', 'decode_head.feature_selection.conv']):
        model = torch.nn.ModuleDict(dict(decode_head=head_in_training(ALWAYS)))
        turn_on_activation_checkpointing(model, parts)
        feature = [f.requires_grad_() for f in features(torch.float64)]
        losses = model.decode_head.loss(feature, data_samples(labels()), None)
        sum(v for k, v in losses.items() if 'loss' in k).backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    torch.testing.assert_close(*gradients)


@MODELS.register_module()
class DoubledLossHead(MODELS.get('FCNHead')):
    """A head with a loss of its own."""

    def loss_by_feat(self, seg_logits, batch_data_samples):
        losses = super().loss_by_feat(seg_logits, batch_data_samples)
        return {name: 2 * value for name, value in losses.items()}


def test_a_loss_of_the_heads_own_is_used_in_both_branches():
    set_progress(30)
    losses = {}
    for head_type in ('FCNHead', 'DoubledLossHead'):
        torch.manual_seed(0)
        head = ClassSuppressionHead(head_type, **COMMON | dict(dropout_ratio=0), **HEADS['FCNHead'])
        losses[head_type] = head.loss(features(), data_samples(labels()), None)
    for name in ('loss_ce', 'suppressed.loss_ce'):
        torch.testing.assert_close(losses['DoubledLossHead'][name], 2 * losses['FCNHead'][name])


def test_without_progress_the_first_step_says_what_is_missing():
    with pytest.raises(ConfigError, match="holds no 'iter' and 'max_iters'"):
        head_in_training(ALWAYS).loss(features(torch.float64), data_samples(labels()), None)


def test_a_run_without_seed_is_seeded_by_zero():
    set_progress(3)
    MessageHub.get_current_instance().update_info('seed', None)
    assert Progress.current() == Progress(3, 100, 0)


@MODELS.register_module()
class SharpenedHead(MODELS.get('FCNHead')):
    """A head that does something behind `cls_seg`."""

    def forward(self, inputs):
        return 2 * super().forward(inputs)


@MODELS.register_module()
class OwnClassifierHead(MODELS.get('FCNHead')):
    """A head that classifies without `cls_seg`."""

    def forward(self, inputs):
        return self.conv_seg(self._forward_feature(inputs))


@MODELS.register_module()
class OwnTargetHead(MODELS.get('FCNHead')):
    """A head that learns another map than the labels."""

    def _stack_batch_gt(self, batch_data_samples):
        return torch.stack([sample.gt_depth_map.data for sample in batch_data_samples])


@pytest.mark.parametrize('name', ['SharpenedHead', 'OwnClassifierHead'])
def test_a_head_that_does_not_end_in_cls_seg_is_refused_at_the_first_step(name):
    set_progress(30)
    arguments = dict(in_channels=12, in_index=3, channels=8, num_convs=1, num_classes=NUM_CLASSES)
    head = ClassSuppressionHead(name, **arguments)
    with pytest.raises(ConfigError, match=f'forward of {name} does not end in `cls_seg`'):
        head.loss(features(), data_samples(labels()), None)


@pytest.mark.parametrize(
    ('head_type', 'message'),
    [
        ('PointHead', 'classifies in a way of its own'),
        ('FCNHed', 'not a registered head, did you mean FCNHead'),
        ('ResNet', 'not a decode head'),
        ('OwnTargetHead', 'does not learn the classes of the labels'),
    ],
)
def test_other_head_types_are_refused_at_construction(head_type, message):
    with pytest.raises(ConfigError, match=message):
        ClassSuppressionHead(head_type, in_channels=4, channels=4, num_classes=3)


def test_a_head_without_a_1x1_classifier_is_refused_at_construction():
    class Replaced(MODELS.get('FCNHead')):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.conv_seg = torch.nn.Linear(8, 3)

    with pytest.raises(ConfigError, match='1x1 convolution `conv_seg`; that of Replaced is Linear'):
        ClassSuppressionHead(Replaced, in_channels=4, channels=8, num_classes=3)


@pytest.mark.parametrize(
    'head',
    [
        dict(
            head_type='SegmenterMaskTransformerHead',
            num_layers=1,
            num_heads=1,
            embed_dims=8,
            in_channels=8,
            channels=8,
            num_classes=3,
        ),
        dict(
            head_type='IterativeDecodeHead',
            num_stages=0,
            kernel_update_head=[],
            kernel_generate_head=dict(type='FCNHead', in_channels=8, channels=8, num_classes=3),
        ),
    ],
)
def test_a_head_without_conv_seg_is_refused_at_construction(head):
    with pytest.raises(ConfigError, match='1x1 convolution `conv_seg`; that of .* is None'):
        ClassSuppressionHead(**head)


@pytest.mark.parametrize(
    ('suppression', 'message'),
    [
        (10.0, r'suppression=10.0: give its options'),
        (dict(weight=-1), 'weight=-1.0: give 0 or'),
        (dict(weight=math.nan), 'weight=nan: give 0 or'),
        (dict(draw='inverse_frequency', class_frequency=[math.inf] * 5), 'a positive pixel share'),
    ],
)
def test_wrong_options_are_refused(suppression, message):
    with pytest.raises(ConfigError, match=message):
        suppressed_head(suppression=suppression)


def test_an_unknown_option_is_named():
    with pytest.raises(ConfigError, match="no option 'wieght', did you mean weight"):
        suppressed_head(suppression=dict(wieght=1.0))


def test_the_weight_defaults_to_that_of_the_release():
    assert math.isclose(suppressed_head().suppression_weight, 10.0)
