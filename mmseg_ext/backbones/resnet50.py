"""What a ResNet-50 is made of, by torchvision's names, which are those of mmseg's `ResNet`.

He, Zhang, Ren and Sun, CVPR 2016, arXiv 1512.03385, table 1, with the stride of a block in its 3×3
convolution, which changes no shape.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from mmseg_ext.checkpoints.fit import check_weights, fit
from mmseg_ext.common.errors import ConfigError

_BLOCKS = (3, 4, 6, 3)
_STEM_WIDTH, _EXPANSION = 64, 4
_OF_A_RESNET = re.compile(r'(conv|bn|layer)\d+\.')
_EXAMPLES = 3


def resnet50_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of all parameters and buffers, from `conv1.weight` to the last of `layer4`.

    The classifier, `fc`, is not among them. The counters of the batch norms, `num_batches_tracked`,
    are.

    Source: arXiv 1512.03385, table 1; names as in torchvision.
    """
    shapes = _normalised('conv1', 'bn1', (_STEM_WIDTH, 3, 7, 7))
    before = _STEM_WIDTH
    for number, blocks in enumerate(_BLOCKS, start=1):
        width = _STEM_WIDTH * 2 ** (number - 1)
        wide = width * _EXPANSION
        for index in range(blocks):
            at = f'layer{number}.{index}.'
            shapes |= _normalised(f'{at}conv1', f'{at}bn1', (width, before, 1, 1))
            shapes |= _normalised(f'{at}conv2', f'{at}bn2', (width, width, 3, 3))
            shapes |= _normalised(f'{at}conv3', f'{at}bn3', (wide, width, 1, 1))
            if index == 0:
                shapes |= _normalised(
                    f'{at}downsample.0', f'{at}downsample.1', (wide, before, 1, 1)
                )
            before = wide
    return shapes


def resnet50_weights(stored: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Return the weights and statistics of a ResNet-50, in the order of its parts.

    Args:
        stored: Tensors by torchvision's names; others are left out, but for those of a network that
            is none.
        source: Where they are, for a message.

    Returns:
        Tensors of their own memory, of the types that they had. The counters of the batch norms are
        among them where they are stored.

    Raises:
        ConfigError: Some are missing, of another shape or no finite numbers, or there are more, as
            of a deeper network.

    Source: our decision.
    """
    shapes = resnet50_shapes()
    # They take the memory of one number.
    own = {name: torch.zeros(()).expand(shape) for name, shape in shapes.items()}
    found = fit(stored, own, source)
    counters = {
        name: stored[name] for name, shape in shapes.items() if not shape and name in stored
    }
    check_weights(counters, source)
    unfit = [name for name, counter in counters.items() if counter.shape]
    unfit += [name for name in stored if _OF_A_RESNET.match(name) and name not in shapes]
    if found.missing or found.differing or unfit:
        more = f'{len(unfit)} do not belong to it, e.g. {", ".join(unfit[:_EXAMPLES])}'
        raise ConfigError(
            f'{source}: no ResNet-50 as torchvision has it: of its {found.total} weights and '
            f'statistics {found.lacks() or "none is missing"}{f"; {more}" if unfit else ""}'
        )
    return {
        name: stored[name].detach().clone(memory_format=torch.contiguous_format)
        for name in shapes
        if name in stored
    }


def _normalised(
    convolution: str, norm: str, shape: tuple[int, int, int, int]
) -> dict[str, tuple[int, ...]]:
    channels = shape[:1]
    of_norm = {
        f'{norm}.{part}': channels for part in ('weight', 'bias', 'running_mean', 'running_var')
    }
    return {f'{convolution}.weight': shape, **of_norm, f'{norm}.num_batches_tracked': ()}
