"""Heads with logits of their own beside those of `cls_seg`: their losses count once, on all labels.

Expected are the losses of the plain head with the same parameters, and the formulas.
"""

import pytest
import torch
from heads import (
    NUM_CLASSES,
    data_samples,
    features,
    labels,
    mean_cross_entropy,
    set_progress,
)
from mmseg.registry import MODELS

TAU = 0.3
BN = dict(type='BN')
OHEM = dict(type='OhemCrossEntropy', thres=1.0, min_kept=1)
COMMON = dict(num_classes=NUM_CLASSES, channels=8, norm_cfg=BN, dropout_ratio=0)
HEADS = {
    'DDRHead': dict(in_channels=8, loss_decode=[OHEM, OHEM], **COMMON),
    'EncHead': dict(in_channels=[6, 8], in_index=[1, 2], num_codes=4, **COMMON),
    'DAHead': dict(in_channels=12, in_index=3, pam_channels=4, **COMMON),
}
OTHERS = {
    'DDRHead': {'loss_spatial'},
    'EncHead': {'loss_se'},
    'DAHead': {'pam.loss_ce', 'cam.loss_ce'},
}
CLASSIFIED = {'DDRHead': 'loss_context', 'EncHead': 'loss_ce', 'DAHead': 'pam_cam.loss_ce'}
all_heads = pytest.mark.parametrize('name', HEADS)


def inputs_of(name):
    levels = features(torch.float64)
    # That of DDRNet takes two maps in training, of 4 and 8 channels.
    return (levels[0], levels[2]) if name == 'DDRHead' else levels


def plain_and_suppressed(name, drop_probability=1.0):
    torch.manual_seed(0)
    plain = MODELS.build(dict(type=name, **HEADS[name]))
    suppression = dict(drop_probability=drop_probability, draw='present')
    suppressed = MODELS.build(
        dict(type='ClassSuppressionHead', head_type=name, suppression=suppression, **HEADS[name])
    )
    suppressed.load_state_dict(plain.state_dict(), strict=False)
    return plain.double().train(), suppressed.double().train()


def losses_of(head, name, ids=None):
    samples = data_samples(labels() if ids is None else ids)
    return head.loss(inputs_of(name), samples, None)


@all_heads
def test_the_other_losses_are_those_of_the_plain_head(name):
    set_progress(30)
    plain, suppressed = plain_and_suppressed(name)
    expected, losses = losses_of(plain, name), losses_of(suppressed, name)
    for other in OTHERS[name]:
        torch.testing.assert_close(losses[other], expected[other])
        assert f'suppressed.{other}' not in losses
    classified = CLASSIFIED[name]
    torch.testing.assert_close(losses[classified], (1 - TAU) * expected[classified])
    assert losses[f'suppressed.{classified}'] > 0 and losses['loss_suppression'] > 0


@all_heads
def test_the_suppressed_loss_is_that_of_the_suppressed_logits(name):
    set_progress(30)
    _, head = plain_and_suppressed(name, drop_probability=0.0)
    seen = []
    head.conv_seg.register_forward_hook(lambda *of: seen.append(of[2].detach()))
    losses = losses_of(head, name)
    plain, suppressed = seen
    assert not plain.equal(suppressed)
    if name != 'DDRHead':  # that one's loss is no mean
        expected = TAU * mean_cross_entropy(suppressed, labels())
        torch.testing.assert_close(losses[f'suppressed.{CLASSIFIED[name]}'], expected)


@all_heads
def test_the_parts_of_the_others_learn_as_in_the_plain_head(name):
    set_progress(30)
    plain, suppressed = plain_and_suppressed(name)
    gradients = []
    for head in (plain, suppressed):
        losses = losses_of(head, name)
        sum(losses[other] for other in OTHERS[name]).backward()
        gradients.append({key: each.grad for key, each in head.named_parameters()})
    for key, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][key], gradient, msg=key)


@all_heads
def test_every_parameter_learns(name):
    set_progress(60)
    _, head = plain_and_suppressed(name)
    losses = losses_of(head, name)
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    for key, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), key


@all_heads
def test_without_gradients_the_losses_are_the_same(name):
    set_progress(30)
    _, head = plain_and_suppressed(name)
    expected = losses_of(head, name)
    with torch.no_grad():
        losses = losses_of(head, name)
    assert set(losses) == set(expected)
    for key, value in expected.items():
        torch.testing.assert_close(losses[key].detach(), value.detach(), msg=key)


@all_heads
def test_without_a_label_nothing_is_learned(name):
    set_progress(30)
    _, head = plain_and_suppressed(name)
    losses = losses_of(head, name, torch.full_like(labels(), 255))
    for key, value in losses.items():
        if 'loss' in key:
            assert value == 0, key


@all_heads
def test_evaluation_gives_the_suppressed_logits_alone(name):
    _, head = plain_and_suppressed(name)
    head.eval()
    inputs = inputs_of(name)[1] if name == 'DDRHead' else inputs_of(name)
    seen = []
    head.conv_seg.register_forward_hook(lambda *of: seen.append(of[2]))
    with torch.no_grad():
        logits = head.predict(inputs, [dict(img_shape=(32, 48))] * 2, {})
    (suppressed,) = seen
    assert logits.shape == (2, NUM_CLASSES, 32, 48)
    scaled = torch.nn.functional.interpolate(suppressed, (32, 48), mode='bilinear')
    torch.testing.assert_close(logits, scaled)
