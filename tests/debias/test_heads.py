"""One base tester for every head: class suppression must hold around each of them."""

import copy
import pickle

import pytest
import torch
import torch.nn.functional as F
from heads import (
    NUM_CLASSES,
    all_heads,
    data_samples,
    features,
    inputs_of,
    labels,
    plain_head,
    set_progress,
    suppressed_head,
)
from mmseg.registry import MODELS

from mmseg_ext.debias import ClassSuppressionMixin

OWN_PARAMETERS = {
    'feature_selection.conv.weight',
    'feature_selection.norm.weight',
    'feature_selection.norm.bias',
    'feature_selection.norm.running_mean',
    'feature_selection.norm.running_var',
}


@all_heads
def test_trains(name):
    set_progress(60)
    head = suppressed_head(name).train()
    losses = head.loss(*inputs_of(name), data_samples(labels()), None)
    assert {'loss_ce', 'suppressed.loss_ce', 'loss_suppression', 'tau'} <= set(losses)
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    for parameter, value in head.named_parameters():
        assert value.grad is not None and value.grad.isfinite().all(), parameter
    assert head.conv_seg.weight.grad.abs().sum() > 0
    assert head.feature_selection.conv.weight.grad.abs().sum() > 0


@all_heads
def test_a_plain_checkpoint_lacks_only_the_parameters_of_the_suppression(name):
    plain, suppressed = plain_head(name), suppressed_head(name)
    result = suppressed.load_state_dict(plain.state_dict(), strict=False)
    assert set(result.missing_keys) == OWN_PARAMETERS
    assert not result.unexpected_keys


def trained_head(name, dtype=torch.float64):
    """A head whose normalisation statistics are no longer those of the start."""
    head = suppressed_head(name).to(dtype).train()
    for _ in range(3):
        head(*inputs_of(name, dtype))
    return head.eval()


@all_heads
def test_evaluation_equals_the_unfolded_formula(name):
    head = trained_head(name)
    plain = plain_head(name).double().eval()
    plain.load_state_dict(head.state_dict(), strict=False)
    seen = []
    plain.conv_seg.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        plain(*inputs_of(name, torch.float64))
        weight = head.conv_seg.weight.flatten(1)
        selected = seen[0] * weight.clamp(min=0).mean(0)[None, :, None, None]
        selection = head.feature_selection
        expected = F.conv2d(
            selection.norm(selection.conv(selected)).clamp(min=0),
            head.conv_seg.weight,
            head.conv_seg.bias,
        )
        result = head(*inputs_of(name, torch.float64))
    torch.testing.assert_close(result, expected, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(result, plain(*inputs_of(name, torch.float64)))


@all_heads
def test_saved_and_loaded_it_predicts_the_same(name, tmp_path):
    head = trained_head(name, torch.float32)
    torch.save(head.state_dict(), tmp_path / 'head.pth')
    loaded = suppressed_head(name).eval()
    loaded.load_state_dict(torch.load(tmp_path / 'head.pth', weights_only=True))
    with torch.no_grad():
        expected = head(*inputs_of(name))
        torch.testing.assert_close(loaded(*inputs_of(name)), expected, rtol=0, atol=0)
        for twin in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
            assert type(twin) is type(head)
            torch.testing.assert_close(twin(*inputs_of(name)), expected, rtol=0, atol=0)


@all_heads
def test_it_is_the_wrapped_head(name):
    head = suppressed_head(name)
    assert isinstance(head, ClassSuppressionMixin)
    assert isinstance(head, MODELS.get(name))
    assert type(suppressed_head(name)) is type(head)


def test_ocr_inside_a_cascade_segmentor():
    set_progress(60)
    ocr = dict(
        in_channels=[8, 16], in_index=[0, 1], input_transform='resize_concat', channels=8,
        ocr_channels=4, num_classes=NUM_CLASSES, norm_cfg=dict(type='BN'),
    )  # fmt: skip
    fcn = {key: value for key, value in ocr.items() if key != 'ocr_channels'}
    suppressed = dict(type='ClassSuppressionHead', suppression=dict(weight=1.0))
    model = MODELS.build(
        dict(
            type='CascadeEncoderDecoder',
            num_stages=2,
            backbone=dict(
                type='ResNet', depth=18, base_channels=8, num_stages=2, strides=(1, 2),
                dilations=(1, 1), out_indices=(0, 1),
            ),
            decode_head=[
                dict(**suppressed, head_type='FCNHead', **fcn),
                dict(**suppressed, head_type='OCRHead', **ocr),
            ],
        )
    )  # fmt: skip
    model.backbone.layer1[0].conv1.weight.requires_grad_(True)
    images = torch.randn(2, 3, 32, 48)
    losses = model.train().loss(images, data_samples(labels()))
    for stage in (0, 1):
        assert f'decode_{stage}.loss_suppression' in losses
    with torch.no_grad():
        assert model.eval().encode_decode(images, [dict(img_shape=(32, 48))]).shape == (
            2, NUM_CLASSES, 32, 48,
        )  # fmt: skip


@pytest.mark.parametrize('training', [True, False])
def test_forward_outside_of_the_loss_is_the_suppressed_branch(training):
    """A later stage of a cascade sees in training what it will see at inference."""
    head = trained_head('FCNHead').train(training)
    head.dropout = None
    seen = []
    head.feature_selection.register_forward_hook(lambda *_: seen.append(True))
    head(features(torch.float64))
    assert seen
