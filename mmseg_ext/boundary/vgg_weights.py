"""ImageNet weights of VGG16-BN, from a file in torchvision's key format."""

from pathlib import Path

import torch
from torch import Tensor, nn

from mmseg_ext.errors import ConfigError

CONV_INDICES = (0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40)
"""Positions of the 13 convolutions in `features` of torchvision's vgg16_bn; each is followed by
its normalisation, then ReLU."""


def load_vgg16_bn(encoder: nn.Module, checkpoint: str) -> None:
    """Load the convolutions of a VGG16-BN checkpoint into the hourglass's encoder.

    torchvision's convolutions have a bias before the normalisation, ours have none. Taking it off
    the running mean is the same function.

    Args:
        encoder: The encoder of a `HourglassBackbone` of 64 base channels.
        checkpoint: A local file: a state dict, or a dict with one under 'state_dict'.

    Raises:
        ConfigError: The file is missing, cannot be read, or its tensors do not fit.
    """
    weights = read_weights(checkpoint)
    state = {}
    own_names = [name for name, module in encoder.named_modules() if isinstance(module, nn.Conv2d)]
    for name, index in zip(own_names, CONV_INDICES, strict=True):
        norm = f'{name.removesuffix(".conv")}.bn'
        conv_key, norm_key = f'features.{index}', f'features.{index + 1}'
        needed = [
            f'{conv_key}.weight',
            *(f'{norm_key}.{part}' for part in ('weight', 'bias', 'running_mean', 'running_var')),
        ]
        missing = [key for key in needed if key not in weights]
        if missing:
            raise ConfigError(
                f"{checkpoint} is not VGG16-BN in torchvision's format: it has no {missing[0]}, "
                f'its first keys are {", ".join(list(weights)[:3]) or "none"}'
            )
        state[f'{name}.weight'] = weights[needed[0]]
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            state[f'{norm}.{part}'] = weights[f'{norm_key}.{part}']
        if f'{conv_key}.bias' in weights:
            state[f'{norm}.running_mean'] = (
                weights[f'{norm_key}.running_mean'] - weights[f'{conv_key}.bias']
            )
    own = encoder.state_dict()
    for key, value in state.items():
        if key not in own or own[key].shape != value.shape:
            found = tuple(own[key].shape) if key in own else 'nothing'
            raise ConfigError(
                f'{checkpoint} does not fit the encoder: {key} is '
                f'{tuple(value.shape)} in the file and {found} here; VGG16-BN '
                'needs base_channels=64, in_channels=3 and BN'
            )
    encoder.load_state_dict(state, strict=False)


def read_weights(checkpoint: str) -> dict[str, Tensor]:
    """Read a state dict from a file, without unpickling anything but tensors.

    Raises:
        ConfigError: The file is missing or is no checkpoint.
    """
    if not Path(checkpoint).is_file():
        raise ConfigError(
            f'no file {checkpoint}: give the path of a VGG16-BN checkpoint in '
            "torchvision's format, such as vgg16_bn-6c64b313.pth"
        )
    try:
        weights = torch.load(checkpoint, map_location='cpu', weights_only=True)
    except Exception as error:
        raise ConfigError(f'{checkpoint} cannot be read as a checkpoint: {error}') from error
    weights = weights.get('state_dict', weights) if isinstance(weights, dict) else weights
    if not isinstance(weights, dict) or not all(isinstance(v, Tensor) for v in weights.values()):
        raise ConfigError(f'{checkpoint} holds no state dict')
    return weights
