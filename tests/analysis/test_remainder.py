"""What dropping a class leaves of it, against the training's own branch."""

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_ext.analysis.remainder import mean_probabilities, own_share
from mmseg_ext.debias import class_weights


def head(**changes):
    init_default_scope('mmseg')
    torch.manual_seed(0)
    config = dict(
        type='ClassSuppressionHead', head_type='FCNHead', in_channels=8, channels=6,
        num_convs=1, num_classes=4, norm_cfg=dict(type='BN'),
    )  # fmt: skip
    built = MODELS.build(config | changes)
    torch.nn.init.normal_(built.conv_seg.weight)
    return built.eval()


def test_probabilities_are_those_that_the_suppression_term_takes():
    model, feature = head(), torch.rand(1, 6, 5, 7)
    weights = class_weights(model.conv_seg)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        kept, dropped = mean_probabilities(model, feature)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0, msg=name)
    model.train()
    for index in range(4):
        keep = torch.ones(4)
        keep[index] = 0
        logits = model.conv_seg(model.feature_selection(feature, weights, keep))
        expected = logits.softmax(1)[:, index].mean()
        torch.testing.assert_close(dropped[index].float(), expected)
    every = model.conv_seg(model.feature_selection(feature, weights, None)).softmax(1)
    torch.testing.assert_close(kept.float(), every.mean((0, 2, 3)))
    assert kept.sum().item() == pytest.approx(1)


def test_a_class_with_a_channel_of_its_own_can_be_dropped_and_one_without_cannot():
    model = head(num_classes=3, channels=3)
    with torch.no_grad():
        # Classes 1 and 2 select the same channel, class 0 one of its own.
        model.conv_seg.weight[:] = torch.tensor([[5.0, 0, 0], [0, 5, 0], [0, 5, 0]])[
            ..., None, None
        ]
        model.conv_seg.bias[:] = torch.tensor([0.0, 0.0, 0.0])
        model.feature_selection.conv.weight[:] = torch.eye(3)[..., None, None]
        feature = torch.zeros(1, 3, 1, 4)
        feature[0, 0, 0, :2] = 1
        feature[0, 1, 0, 2:] = 1
        kept, dropped = mean_probabilities(model, feature)
    own = own_share(class_weights(model.conv_seg))
    torch.testing.assert_close(own, torch.tensor([1, 0.5, 0.5]))
    assert dropped[0] < kept[0] - 0.1
    # The normalisation takes back that their channel is scaled by half.
    torch.testing.assert_close(dropped[1:], kept[1:], atol=1e-3, rtol=0)


def test_two_classes_of_one_logit():
    model, feature = head(num_classes=2, out_channels=1), torch.rand(1, 6, 5, 7)
    with torch.no_grad():
        kept, dropped = mean_probabilities(model, feature)
        weights = class_weights(model.conv_seg)
        model.train()
        logits = model.conv_seg(model.feature_selection(feature, weights, torch.tensor([1.0, 0])))
    assert kept.sum().item() == pytest.approx(1)
    torch.testing.assert_close(dropped[1].float(), logits.sigmoid().mean())


def test_share_of_the_selection_that_is_a_class_s_own():
    weights = torch.tensor([[2.0, 0, -1], [2, 4, -1], [-1, -1, -1]])
    expected = torch.tensor([1 / 2, (2 * 1 / 2 + 4 * 1) / 6, torch.nan])
    torch.testing.assert_close(own_share(weights), expected, equal_nan=True)
