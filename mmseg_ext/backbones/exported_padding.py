"""TensorFlow's 'same' padding, of images whose size is not known when the graph is made."""

import torch
import torch.nn.functional as F
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from torch import Tensor, nn


class ExportedAdaptivePadding(nn.Module):
    """What a `Conv2dAdaptivePadding` of mmcv does, without a branch on the size.

    Args:
        convolution: Whose weights it shares.
    """

    def __init__(self, convolution: Conv2dAdaptivePadding) -> None:
        super().__init__()
        self.weight, self.bias = convolution.weight, convolution.bias
        self.stride, self.dilation = convolution.stride, convolution.dilation
        self.groups = convolution.groups

    def forward(self, feature: Tensor) -> Tensor:
        """Pad and convolve (B, C, H, W)."""
        (above, below), (left, right) = (
            _padding(*each)
            for each in zip(
                feature.shape[2:], self.weight.shape[2:], self.stride, self.dilation, strict=True
            )
        )
        padded = F.pad(feature, [left, right, above, below])
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def _padding(length: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return what is added in front and behind."""
    reach = dilation * (kernel - 1) + 1
    total = torch.sym_max(reach - stride + (-length) % stride, 0)
    return total // 2, total - total // 2
