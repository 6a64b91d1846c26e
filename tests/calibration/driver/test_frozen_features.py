"""The features that are given classify as the model does."""

import numpy as np
import pytest
import torch
from decode_heads import FCN, HEADS, MARKS, MASKS, SLIDE
from mmseg.models.decode_heads import FCNHead
from tiny_segmentor import WHOLE, image, segmentor

from mmseg_ext.calibration.driver import frozen_features
from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.driver.frozen_features import FrozenFeatures
from mmseg_ext.calibration.refit import Classifier
from mmseg_ext.common.errors import ConfigError

FITTED = [name for name in HEADS if name != 'suppressed']
PIXELS = np.arange(0, 60 * 75, 7)


def logits_of(classifier, features):
    return features @ classifier.weight.T + classifier.bias


@pytest.mark.parametrize('test_cfg', [WHOLE, SLIDE], ids=['whole', 'slide'])
@pytest.mark.parametrize('step', [1, 3, 10**6], ids='{} channels at once'.format)
@pytest.mark.parametrize(
    'head',
    [
        pytest.param(name, marks=[pytest.mark.methods(MARKS[name])] if name in MARKS else [])
        for name in FITTED
    ],
)
def test_the_classifier_gives_the_logits_and_another_the_decisions(
    head, step, test_cfg, monkeypatch
):
    monkeypatch.setattr(frozen_features, '_MOST_VALUES', step * 60 * 75)
    model = segmentor(HEADS[head], test_cfg)
    inputs, sample = image()
    frozen = FrozenFeatures(model)
    features = frozen.at(inputs, sample, PIXELS)
    assert features.shape == (len(PIXELS), frozen.channels) and features.dtype == np.float32
    logits = BiasedModel(model).logits(inputs, sample).flatten(1).T.numpy()[PIXELS]
    np.testing.assert_allclose(logits_of(frozen.classifier, features), logits, atol=1e-4)

    weight = np.random.default_rng(0).normal(size=frozen.classifier.weight.shape)
    # Every class is decided for somewhere.
    other = Classifier(weight, -(features @ weight.T).mean(0))
    layer = frozen.folded(other)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, values in zip(frozen.names, layer, strict=True):
            parameters[name].copy_(torch.from_numpy(values).reshape(parameters[name].shape))
        (result,) = model.predict(inputs, [sample.clone()])
    decided = result.pred_sem_seg.data.flatten().numpy()[PIXELS]
    assert (decided != logits_of(other, features).argmax(1)).mean() <= 1e-3
    assert len(np.unique(decided)) > 1


@pytest.mark.methods('debias')
def test_features_that_depend_on_the_classifier_are_refused():
    model = segmentor(HEADS['suppressed'])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ConfigError, match='ClassSuppressionFCNHead depend on the weights'):
        FrozenFeatures(model).at(*image(), PIXELS)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


class DoubledHead(FCNHead):
    """A head that does something to its logits."""

    def forward(self, inputs):
        return super().forward(inputs).square()


def test_heads_that_do_not_end_in_a_classifier_are_refused():
    with pytest.raises(ConfigError, match='DoubledHead is not what its `conv_seg` gives'):
        FrozenFeatures(segmentor(dict(FCN, type=DoubledHead))).at(*image(), PIXELS)
    grouped = segmentor(FCN)
    grouped.decode_head.conv_seg = torch.nn.Conv2d(8, 4, 1, groups=2)
    with pytest.raises(ConfigError, match='of FCNHead has 2 groups'):
        FrozenFeatures(grouped)
    with pytest.raises(ConfigError, match='refit needs a decode head whose last layer'):
        FrozenFeatures(segmentor(MASKS))
