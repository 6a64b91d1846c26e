"""The fusion of the levels with context."""

import torch

from mmseg_ext.gmm.aggregate import AtrousFusion


def test_each_branch_sees_as_far_as_its_rate():
    fusion = AtrousFusion(1, 1, dilations=(1, 2), norm_cfg=None)
    for name, parameter in fusion.named_parameters():
        torch.nn.init.constant_(parameter, 0.0 if name.endswith('bias') else 1.0)
    impulse = torch.zeros(1, 1, 5, 5)
    impulse[..., 2, 2] = 1
    expected = [
        [1, 0, 1, 0, 1],
        [0, 0, 0, 0, 0],
        [1, 0, 2, 0, 1],
        [0, 0, 0, 0, 0],
        [1, 0, 1, 0, 1],
    ]
    assert fusion(impulse)[0, 0].tolist() == expected
