"""The confidence of predictions, of several logits and of one."""

import torch
from torch.testing import assert_close

from mmseg_ext.models.confidence import predicted_confidence


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
    logits = torch.tensor([[[-2.0, 0.5, 3.0]]])
    pred = torch.tensor([[0, 0, 1]])
    second = logits[0].sigmoid()
    assert_close(predicted_confidence(logits, pred), torch.where(pred == 1, second, 1 - second))


def test_half_precision_is_summed_in_single():
    logits = torch.full((4, 1, 1), 30000.0, dtype=torch.float16)
    confidence = predicted_confidence(logits, torch.zeros(1, 1, dtype=torch.long), 4.0)
    assert_close(confidence, torch.full((1, 1), 0.25))
