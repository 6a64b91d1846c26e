"""The decoder's shortcuts against what they stand for."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmseg_ext.gmm.decoder import MixtureDecoder, SkipMerge


@pytest.mark.parametrize('align_corners', [False, True])
def test_merging_is_a_1x1_convolution_over_the_resized_and_concatenated_maps(align_corners):
    merge = SkipMerge(5, 3, dict(type='BN'), align_corners).double().eval()
    merge.local.weight.data.normal_()
    merge.norm.running_mean.normal_()
    merge.norm.running_var.uniform_(0.5, 2)
    skip = torch.randn(2, 5, 8, 12, dtype=torch.float64)
    local = torch.randn(2, 3, 4, 6, dtype=torch.float64)
    resized = F.interpolate(local, (8, 12), mode='bilinear', align_corners=align_corners)
    weight = torch.cat([merge.skip.weight, merge.local.weight], dim=1)
    expected = merge.norm(F.conv2d(torch.cat([skip, resized], dim=1), weight)).clamp(min=0)
    torch.testing.assert_close(merge(skip, local), expected, rtol=1e-10, atol=1e-10)


class Recorder:
    """Records what modules return."""

    def __init__(self, modules):
        self.seen = []
        for module in modules:
            module.register_forward_hook(lambda _, __, output: self.seen.append(output))


def test_the_merger_of_stages_of_one_size_is_a_3x3_convolution_over_all_of_them_and_g():
    decoder = MixtureDecoder(
        3, channels=4, local_channels=3, global_channels=5, norm_cfg=dict(type='BN'),
        align_corners=False,
    ).eval()  # fmt: skip
    decoder.from_global.weight.data.normal_()
    local, g = torch.randn(2, 3, 6, 8), torch.randn(2, 5)
    stages = Recorder(decoder.stages)
    result = decoder([torch.randn(2, 4, 6, 8) for _ in range(3)], local, g)
    # The centre of the kernel alone sees g, so that the map may go on beyond the border.
    of_g = torch.zeros(4, 5, 3, 3)
    of_g[:, :, 1, 1] = decoder.from_global.weight
    weight = torch.cat([*(part.weight for part in reversed(decoder.mergers)), of_g], dim=1)
    constant = g[..., None, None].expand(2, 5, 6, 8)
    merged = F.conv2d(torch.cat([*stages.seen, constant], dim=1), weight, padding=1)
    torch.testing.assert_close(result, decoder.norm(merged).clamp(min=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('align_corners', [False, True])
def test_the_parts_of_the_merger_are_added_up_from_the_deepest_to_the_shallowest(align_corners):
    decoder = MixtureDecoder(
        3, channels=4, local_channels=0, global_channels=0, norm_cfg=dict(type='BN'),
        align_corners=align_corners, separable=True,
    ).eval()  # fmt: skip
    parts = Recorder(decoder.mergers)
    result = decoder([torch.randn(2, 4, *size) for size in ((12, 16), (6, 8), (3, 4))], None, None)
    total = parts.seen[0]
    for part in parts.seen[1:]:
        total = part + F.interpolate(
            total, part.shape[2:], mode='bilinear', align_corners=align_corners
        )
    assert [tuple(part.shape[2:]) for part in parts.seen] == [(3, 4), (6, 8), (12, 16)]
    torch.testing.assert_close(result, decoder.norm(total).clamp(min=0))


def test_plain_skips_go_without_the_local_feature():
    merge = SkipMerge(5, 0, dict(type='BN'), False)
    assert merge.local is None
    skip = torch.randn(2, 5, 8, 12)
    expected = merge.norm(F.conv2d(skip, merge.skip.weight)).clamp(min=0)
    torch.testing.assert_close(merge(skip, None), expected)


class First(nn.Module):
    def forward(self, value, *_):
        return value


def test_stages_go_from_deep_to_shallow():
    """With merges and stages replaced by sums, each stage holds its level and all below it."""
    decoder = MixtureDecoder(
        3, channels=1, local_channels=0, global_channels=0, norm_cfg=None, align_corners=False
    )
    decoder.merges = decoder.stages = nn.ModuleList(First() for _ in range(3))
    parts = Recorder(decoder.mergers)
    for part in decoder.mergers:
        nn.init.zeros_(part.bias)
        nn.init.dirac_(part.weight)
    levels = [(100.0, (4, 8)), (10.0, (2, 4)), (1.0, (2, 4))]
    decoder([torch.full((1, 1, *size), value) for value, size in levels], None, None)
    for part, value, size in zip(
        parts.seen, (1.0, 11.0, 111.0), ((2, 4), (2, 4), (4, 8)), strict=True
    ):
        torch.testing.assert_close(part[0, 0], torch.full(size, value))


def test_it_starts_as_the_plain_decoder():
    arguments = dict(channels=4, norm_cfg=dict(type='BN'), align_corners=False)
    plain = MixtureDecoder(2, local_channels=0, global_channels=0, **arguments)
    merged = MixtureDecoder(2, local_channels=3, global_channels=5, **arguments)
    merged.load_state_dict(plain.state_dict(), strict=False)
    skips = [torch.randn(2, 4, 6, 8), torch.randn(2, 4, 3, 4)]
    local, g = torch.randn(2, 3, 3, 4), torch.randn(2, 5)
    torch.testing.assert_close(merged(skips, local, g), plain(skips, None, None))


def test_a_separable_decoder_has_no_dense_3x3_convolution():
    arguments = dict(channels=4, local_channels=3, global_channels=5, norm_cfg=dict(type='BN'))
    dense, separable = (
        MixtureDecoder(2, **arguments, align_corners=False, separable=choice)
        for choice in (False, True)
    )
    for decoder, groups in ((dense, {1}), (separable, {4})):
        kernels = [one for one in decoder.modules() if isinstance(one, nn.Conv2d)]
        assert {one.groups for one in kernels if one.kernel_size == (3, 3)} == groups
