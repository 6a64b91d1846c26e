import torch

from mmseg_ext.losses.learnable import with_a_label


def test_what_is_labelled_stays():
    labels = torch.tensor([[[255, 2], [0, 255]], [[255, 255], [255, 255]]])
    before = labels.clone()
    same, any_labelled = with_a_label(labels, 255)
    assert any_labelled and torch.equal(same, before)


def test_where_nothing_is_labelled_each_image_gets_a_label():
    ignored = torch.full((2, 1, 2, 3), 255)
    labels, any_labelled = with_a_label(ignored, 255)
    assert not any_labelled and (ignored == 255).all()
    assert (labels[..., 0, 0] == 0).all() and (labels == 255).sum() == 10
    labels, _ = with_a_label(torch.zeros(1, 2, 2).long(), 0)
    assert labels.tolist() == [[[1, 0], [0, 0]]]
