"""Labels from which a loss can be computed, whatever is labelled in them."""

import torch
from torch import Tensor


def with_a_label(labels: Tensor, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Label a pixel of each image where no pixel of the batch is labelled.

    Some losses fail, or divide by zero, where no pixel is labelled. Whoever uses the result lets
    such a loss count 0, which keeps every parameter in the graph, as DistributedDataParallel needs
    it. Whether it is so is not read by the host, which a GPU would make wait.

    Args:
        labels: int64, (..., H, W); they stay as they are.
        ignore_index: Id of the pixels that do not count.

    Returns:
        tuple[Tensor, Tensor]: The labels, with an id in the first pixel of each image if all were
        ignored, and whether any was labelled, bool, a scalar.
    """
    any_labelled = (labels != ignore_index).any()
    some_class = 0 if ignore_index != 0 else 1
    labels = labels.clone()
    first = labels[..., 0, 0]
    first.copy_(torch.where(any_labelled, first, some_class))
    return labels, any_labelled
