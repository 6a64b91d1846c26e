"""Classifying again from the recorded feature is predicting with another classifier."""

import copy

import numpy as np
import pytest
import torch
from mmseg.models.decode_heads import FCNHead
from tiny_segmentor import NORM, WHOLE, image, segmentor

from mmseg_ext.analysis.bias.suppressed_weights import without_channels
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.classifier_replay import ClassifierReplay

HEAD = dict(in_channels=64, in_index=3, channels=8, num_classes=4, norm_cfg=NORM)
SUPPRESSED = dict(type='ClassSuppressionHead', head_type='FCNHead', num_convs=1, **HEAD)
MIXTURE = dict(
    type='GMMSkipHead',
    in_channels=[8, 16, 32, 64],
    in_index=[0, 1, 2, 3],
    channels=8,
    num_classes=4,
    norm_cfg=NORM,
)
CASCADE = [
    dict(type='FCNHead', num_convs=1, **HEAD),
    dict(type='OCRHead', ocr_channels=4, **HEAD),
]
SLIDE = dict(mode='slide', crop_size=(32, 32), stride=(16, 20))


@pytest.mark.parametrize('test_cfg', [WHOLE, SLIDE])
@pytest.mark.parametrize(
    'head',
    [
        dict(type='FCNHead', num_convs=1, **HEAD),
        pytest.param(SUPPRESSED, marks=pytest.mark.methods('debias')),
        pytest.param(MIXTURE, marks=pytest.mark.methods('gmm')),
        CASCADE,
    ],
)
def test_a_replay_is_the_prediction_of_a_model_with_that_classifier(head, test_cfg):
    model = segmentor(head, test_cfg)
    inputs, sample = image()
    replay = ClassifierReplay(model)
    runs = []
    model.backbone.register_forward_hook(lambda *_: runs.append(1))
    pred, features = replay.predict(inputs, sample)
    recorded = len(runs)
    assert pred.shape == (60, 75)
    assert len(features) == (1 if test_cfg is WHOLE else 6)
    np.testing.assert_array_equal(pred, predicted(model, inputs, sample))
    runs.clear()
    again = [
        replay.replay(features, torch.from_numpy(weight), inputs, sample)
        for weight in without_channels(replay.weight.double().numpy())
    ]
    # The feature of each pixel is what its class follows from.
    pixels = torch.arange(0, 60 * 75, 7)
    of_pixels = replay.feature_of(features, pixels, inputs, sample)
    # Each channel has the bias of the class whose way it went, and the classifier has one too.
    bias = replay.classifier.bias.detach()
    of_pixels = of_pixels - bias.repeat(len(replay.weight.T))[: len(replay.weight.T)]
    logits = of_pixels @ replay.weight.T + bias
    assert (logits.argmax(1) == pred.flatten()[pixels]).float().mean() > 0.999
    # The encoder ran while recording, and for no class afterwards.
    assert recorded >= 1 and not runs
    assert len({ids.numpy().tobytes() for ids in again}) > 1
    for a, ids in enumerate(again):
        np.testing.assert_array_equal(ids, predicted(model, inputs, sample, without=a))


def predicted(model, inputs, sample, without=None):
    """What mmseg itself predicts, on a feature whose channels for a class are zeroed by a hook."""
    model = copy.deepcopy(model)
    head = model.decode_head
    classifier = (head[-1] if isinstance(head, torch.nn.ModuleList) else head).conv_seg
    if without is not None:
        weight = classifier.weight.double().flatten(1)
        keep = (weight[without] <= weight.mean(0)).float().view(1, -1, 1, 1)
        classifier.register_forward_pre_hook(lambda _, arguments: (arguments[0] * keep,))
    with torch.no_grad():
        (result,) = model.predict(inputs, [sample.clone()])
    return result.pred_sem_seg.data[0].numpy()


class DoubledHead(FCNHead):
    """A head that does something to its logits."""

    def forward(self, inputs):
        return 2 * super().forward(inputs)


def test_what_the_analysis_cannot_reach_is_refused():
    plain = dict(type='FCNHead', num_convs=1, **HEAD)
    doubled = segmentor(dict(plain, type=DoubledHead))
    with pytest.raises(ConfigError, match='DoubledHead is not what its `conv_seg` gives'):
        ClassifierReplay(doubled).predict(*image())
    without = segmentor(plain)
    del without.decode_head.conv_seg
    with pytest.raises(ConfigError, match='`conv_seg`; that of FCNHead is None'):
        ClassifierReplay(without)
    binary = segmentor(dict(plain, num_classes=2, out_channels=1))
    with pytest.raises(ConfigError, match='one logit for two classes'):
        ClassifierReplay(binary)
    with pytest.raises(ConfigError, match='a segmentor of type Linear'):
        ClassifierReplay(torch.nn.Linear(2, 2))
