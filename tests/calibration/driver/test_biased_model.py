"""What is added to the bias of a head is added to the logits that the model decides by."""

import warnings

import numpy as np
import pytest
import torch
from decode_heads import FCN, HEADS, MARKS, MASKS, SLIDE
from mmengine.model import BaseModule
from mmseg.models.decode_heads import FCNHead
from tiny_segmentor import WHOLE, image, segmentor

from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.common.errors import ConfigError


def predicted(model, inputs, sample):
    with torch.no_grad():
        (result,) = model.predict(inputs, [sample.clone()])
    return result.pred_sem_seg.data[0].long()


@pytest.mark.parametrize('test_cfg', [WHOLE, SLIDE], ids=['whole', 'slide'])
@pytest.mark.parametrize(
    'head',
    [
        pytest.param(name, marks=[pytest.mark.methods(MARKS[name])] if name in MARKS else [])
        for name in HEADS
    ],
)
def test_a_model_with_the_bias_decides_as_the_logits_with_it(head, test_cfg):
    model = segmentor(HEADS[head], test_cfg)
    inputs, sample = image()
    biased = BiasedModel(model)
    logits = biased.logits(inputs, sample)
    assert logits.shape == (biased.classes, 60, 75)
    differing = (logits.argmax(0) != predicted(model, inputs, sample)).float().mean()
    assert differing <= 1e-5
    # Under which every class is decided for somewhere.
    bias = -logits.mean((1, 2))
    parameter = dict(model.named_parameters())[biased.bias_name]
    with torch.no_grad():
        parameter += torch.from_numpy(biased.added(bias.numpy()))
    after = predicted(model, inputs, sample)
    decided = (logits + bias[:, None, None]).argmax(0)
    assert (decided != after).float().mean() <= 1e-5
    assert (logits.argmax(0) != after).any() and len(after.unique()) > 1


class DoubledHead(FCNHead):
    """A head that does something to its logits."""

    def forward(self, inputs):
        return 2 * super().forward(inputs)


def test_heads_that_do_not_end_in_a_bias_are_refused():
    with pytest.raises(ConfigError, match='DoubledHead is not what its `conv_seg` gives'):
        BiasedModel(segmentor(dict(FCN, type=DoubledHead))).logits(*image())
    without = segmentor(FCN)
    without.decode_head.conv_seg.bias = None
    with pytest.raises(ConfigError, match='`conv_seg` of FCNHead has no bias, which calibration'):
        BiasedModel(without)
    with pytest.raises(ConfigError, match='calibration needs .* SegmenterMaskTransformerHead is N'):
        BiasedModel(segmentor(MASKS))
    with pytest.raises(ConfigError, match='a segmentor of type BaseModule'):
        BiasedModel(BaseModule())
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        binary = segmentor(dict(FCN, num_classes=2, out_channels=1, threshold=0))
    with pytest.raises(ConfigError, match='FCNHead decides by threshold=0'):
        BiasedModel(binary)


def test_the_check_leaves_the_model_as_it_was():
    model = segmentor(FCN)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    BiasedModel(model).logits(*image())
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_one_logit_is_of_two_classes_of_which_one_is_the_threshold():
    biased = BiasedModel(segmentor(HEADS['one_logit']))
    logits = biased.logits(*image())
    np.testing.assert_allclose(logits[0], np.log(0.3 / 0.7), rtol=1e-6)
    np.testing.assert_allclose(biased.added(np.array([-0.25, 0.5])), [0.75])
