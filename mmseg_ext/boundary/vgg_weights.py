"""ImageNet weights of VGG16-BN, from a file in torchvision's key format."""

from torch import Tensor, nn

from mmseg_ext.checkpoints.checkpoint import load_weights
from mmseg_ext.checkpoints.fit import check_weights, fit
from mmseg_ext.common.errors import ConfigError

CONV_INDICES = (0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40)
"""Positions of the 13 convolutions in `features` of torchvision's vgg16_bn; each is followed by
its normalisation, then ReLU."""

_NORM_PARTS = ('weight', 'bias', 'running_mean', 'running_var')


def load_vgg16_bn(encoder: nn.Module, checkpoint: str) -> None:
    """Load the convolutions of a VGG16-BN checkpoint into the hourglass's encoder.

    Args:
        encoder: The encoder of a `HourglassBackbone` of 64 base channels.
        checkpoint: A file, or the address of one: a state dict, or a dict with one under
            'state_dict'.

    Raises:
        ConfigError: The file is not trusted, or its tensors do not fit or are no finite numbers.
        CheckpointError: It is missing, truncated, altered or no checkpoint.
    """
    weights = load_weights(checkpoint)
    names = [name for name, module in encoder.named_modules() if isinstance(module, nn.Conv2d)]
    state: dict[str, Tensor] = {}
    for name, index in zip(names, CONV_INDICES, strict=True):
        state |= _layer(weights, name.removesuffix('.conv'), index, checkpoint)
    own = encoder.state_dict()
    found = fit(state, {key: own[key] for key in state if key in own}, checkpoint)
    if found.differing or len(found.filled) < len(state):
        problem = found.lacks() or f'the encoder has no {next(iter(state.keys() - own.keys()))}'
        raise ConfigError(
            f'{checkpoint} does not fit the encoder: {problem}; VGG16-BN needs base_channels=64, '
            'in_channels=3 and BN'
        )
    encoder.load_state_dict(state, strict=False)


def _layer(weights: dict[str, Tensor], name: str, index: int, checkpoint: str) -> dict[str, Tensor]:
    """Return a convolution and its normalisation by our names.

    torchvision's convolutions have a bias before the normalisation, ours have none. Taking it off
    the running mean is the same function.
    """
    conv, norm = f'features.{index}', f'features.{index + 1}'
    needed = [f'{conv}.weight', *(f'{norm}.{part}' for part in _NORM_PARTS)]
    missing = [key for key in needed if key not in weights]
    if missing:
        raise ConfigError(
            f"{checkpoint} is not VGG16-BN in torchvision's format: it has no {missing[0]}, its "
            f'first keys are {", ".join(list(weights)[:3])}'
        )
    bias = weights.get(f'{conv}.bias')
    read = {key: weights[key] for key in needed} | ({} if bias is None else {f'{conv}.bias': bias})
    check_weights(read, checkpoint)
    layer = {f'{name}.bn.{part}': weights[f'{norm}.{part}'] for part in _NORM_PARTS}
    mean = layer[f'{name}.bn.running_mean']
    if bias is not None and bias.shape == mean.shape:
        layer[f'{name}.bn.running_mean'] = mean - bias
    elif bias is not None:
        raise ConfigError(
            f'{checkpoint}: {conv}.bias has the shape {tuple(bias.shape)}, and {norm}.running_mean '
            f'{tuple(mean.shape)}'
        )
    return {f'{name}.conv.weight': weights[needed[0]], **layer}
