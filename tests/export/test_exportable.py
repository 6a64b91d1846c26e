"""What is exported in place of other modules computes exactly what they do."""

import pytest
import torch
import torch.nn.functional as F
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding

from mmseg_ext.backbones.exported_padding import ExportedAdaptivePadding


@pytest.mark.parametrize('kernel', [1, 3, 5])
@pytest.mark.parametrize(('stride', 'dilation'), [(1, 1), (2, 1), (3, 2)])
def test_adaptive_padding(kernel, stride, dilation):
    convolution = Conv2dAdaptivePadding(2, 4, kernel, stride=stride, dilation=dilation, groups=2)
    exported = ExportedAdaptivePadding(convolution)
    for height, width in ((8, 9), (7, 12), (3, 1)):
        feature = torch.randn(2, 2, height, width)
        torch.testing.assert_close(exported(feature), convolution(feature), rtol=0, atol=0)


@pytest.mark.methods('boundary')
@pytest.mark.parametrize('size', [(6, 8), (7, 9), (2, 3)])
def test_max_unpooling(size):
    from mmseg_ext.boundary.hourglass import ExportedMaxUnpool, MaxUnpool

    generator = torch.Generator().manual_seed(0)
    # Few values, so that windows have several maxima.
    feature = torch.randint(-2, 2, (2, 3, *size), generator=generator).float()
    pooled, indices = F.max_pool2d(feature, 2, return_indices=True)
    expected = MaxUnpool()(pooled, indices, feature.shape[-2:])
    given = ExportedMaxUnpool()(pooled, indices, feature.shape[-2:])
    torch.testing.assert_close(given, expected, rtol=0, atol=0)


@pytest.mark.methods('gmm')
def test_averages_of_a_size_that_the_graph_is_told():
    from mmseg_ext.gmm.pooling import average_over_cells

    class Average(torch.nn.Module):
        def forward(self, feature, like):
            return average_over_cells(feature, like.shape[2:])

    free = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    example = torch.randn(1, 2, 9, 11), torch.randn(1, 2, 6, 5)
    exported = torch.export.export(Average(), example, dynamic_shapes=(free, free)).module()
    for before, after in (((8, 12), (4, 3)), ((7, 10), (4, 3)), ((5, 5), (5, 2))):
        feature = torch.randn(1, 2, *before)
        given = exported(feature, torch.zeros(1, 2, *after))
        torch.testing.assert_close(given, F.adaptive_avg_pool2d(feature, after))
