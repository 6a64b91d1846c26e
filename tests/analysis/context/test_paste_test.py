"""The paste test in drawn streets, with models that are formulas."""

import numpy as np
import pytest
from drawn_streets import CAR, CYCLIST, PALETTE, PERSON, ByColour, ByCompany, frames_of

from mmseg_ext.analysis.context.figures import paste_estimates
from mmseg_ext.analysis.context.paste_test import pasted_image, plan_pastings, predicted_pastings
from mmseg_ext.evaluation.context.company import company_shares, usual_company
from mmseg_ext.evaluation.context.ring import ring_counts


@pytest.fixture
def planned(streets):
    frames = frames_of(streets, 'test')
    usual = usual_company(company_shares(frames_of(streets, 'train').survey().table))
    return frames, *plan_pastings(frames, usual, number=4)


def test_an_object_stands_at_its_rows_by_a_car_and_not_by_a_car(planned):
    frames, pastings, without = planned
    cyclists = [each for each in pastings if each.label == CYCLIST]
    assert len(cyclists) == 4
    # Cyclists are beside the cars of training and nowhere else.
    assert without[CAR] > 0 and without[PERSON] == 0
    for pasting in cyclists:
        assert frames[pasting.source].labels[22, 54] == CYCLIST
        labels = frames[pasting.frame].labels
        for left, expected in ((pasting.usual, True), (pasting.unusual, False)):
            counts = ring_counts(labels, pasting.cutout.mask, 22, left)
            assert (counts[CAR] > 0.05 * counts.sum()) == expected
            before, after = frames[pasting.frame].image(), pasted_image(frames, pasting, left)
            box = np.s_[22:32, left : left + 4]
            assert (after[box] == PALETTE[CYCLIST]).all()
            after[box] = before[box]
            np.testing.assert_array_equal(after, before)


def test_never_on_other_ground(planned):
    frames, pastings, _ = planned
    sidewalk = len(frames) - 1
    assert pastings and all(each.frame != sidewalk for each in pastings)


def test_a_model_that_goes_by_company_is_found_out(planned):
    frames, pastings, _ = planned
    labels = np.array([each.label for each in pastings])
    fair = predicted_pastings(frames, pastings, ByColour())
    found = paste_estimates(fair, labels, CYCLIST)
    assert [found[key].value for key in ('usual', 'unusual', 'difference')] == [1, 1, 0]
    unfair = predicted_pastings(frames, pastings, ByCompany())
    found = paste_estimates(unfair, labels, CYCLIST)
    assert [found[key].value for key in ('usual', 'unusual', 'difference')] == [1, 0, 1]
    assert (unfair[labels == CYCLIST, 1, PERSON] == 40).all()


def test_the_plan_follows_the_seed(planned, streets):
    frames, pastings, _ = planned
    usual = usual_company(company_shares(frames_of(streets, 'train').survey().table))

    def places(plan):
        return [each._replace(cutout=None) for each in plan]

    assert places(plan_pastings(frames, usual, number=4)[0]) == places(pastings)
    assert places(plan_pastings(frames, usual, number=4, seed=1)[0]) != places(pastings)
