"""Probabilities and the confidence of predictions, of several logits and of one."""

import torch
from tiny_segmentor import NORM, image, segmentor
from torch.testing import assert_close

from mmseg_ext.models.probabilities import class_probabilities, predicted_confidence


def test_it_is_the_softmax_of_the_predicted_class():
    logits = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0))
    for scale in (0.5, 1.0, 3.0):
        probabilities = (scale * logits).softmax(0)
        pred = torch.randint(0, 5, (3, 4), generator=torch.Generator().manual_seed(1))
        expected = torch.stack(
            [probabilities[pred[y, x], y, x] for y in range(3) for x in range(4)]
        ).reshape(3, 4)
        assert_close(predicted_confidence(logits, pred, scale), expected)


def test_one_logit_is_of_the_second_class():
    """mmseg's segmentors give its sigmoid where they give logits of several."""
    head = dict(
        type='FCNHead', in_channels=64, in_index=3, channels=8, num_convs=1, norm_cfg=NORM,
        num_classes=2, out_channels=1, threshold=0.3,
    )  # fmt: skip
    model = segmentor(head)
    inputs, sample = image()
    with torch.no_grad():
        (result,) = model.predict(inputs, [sample])
        logit = model.postprocess_result(
            model.encode_decode(inputs, [sample.metainfo]).repeat(1, 2, 1, 1), [sample.new()]
        )[0].seg_logits.data[1]
    pred = result.pred_sem_seg.data[0].long()
    assert 0 < pred.float().mean() < 1
    for scale in (1.0, 0.4):
        second = (scale * logit).sigmoid()
        confidence = predicted_confidence(result.seg_logits.data, pred, scale)
        assert_close(confidence, torch.where(pred == 1, second, 1 - second))
        both = class_probabilities(result.seg_logits.data, scale)
        assert_close(both, torch.stack([1 - second, second]))


def test_half_precision_is_summed_in_single():
    logits = torch.full((4, 1, 1), 30000.0, dtype=torch.float16)
    confidence = predicted_confidence(logits, torch.zeros(1, 1, dtype=torch.long), 4.0)
    assert_close(confidence, torch.full((1, 1), 0.25))
