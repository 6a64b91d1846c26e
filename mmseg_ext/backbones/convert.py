"""Takes the ResNet-50 out of a self-supervised checkpoint, for mmseg's `ResNet`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mmseg_ext.backbones.name_groups import Place, grouped, listed
from mmseg_ext.backbones.resnet50 import resnet50_weights
from mmseg_ext.backbones.resnet50_layouts import choose_place, find_places
from mmseg_ext.checkpoints.checkpoint import require_file
from mmseg_ext.checkpoints.checkpoint_file import write_sealed
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.errors import ConfigError, DiskError
from mmseg_ext.common.folders import make_folder_of
from mmseg_ext.common.printable import printable_lines


def convert_backbone(
    checkpoint: str, out: str | Path, layout: str = 'auto', overwrite: bool = False
) -> str:
    """Write the ResNet-50 in a checkpoint as a state dict of torchvision's names.

    mmseg's `ResNet(depth=50, style='pytorch')` starts at it by
    `init_cfg=dict(type='Pretrained', checkpoint=out)`.

    Args:
        checkpoint: The file of a self-supervised training, or torchvision's.
        out: Where to write; it appears whole or not at all, with a checksum of its content.
        layout: One of `LAYOUT_NAMES`, for which 'auto' looks.
        overwrite: Whether a file that is there may be replaced.

    Returns:
        What was recognised, kept and dropped.

    Raises:
        ConfigError: The checkpoint is missing or not trusted, holds no ResNet-50 or several, or
            has weights that are no finite numbers; or the output is there, or cannot be.
        CheckpointError: The checkpoint is truncated, altered or none.
        DiskError: The output cannot be written.
    """
    require_file(checkpoint)
    target = Path(out)
    if target.resolve() == Path(checkpoint).resolve():
        raise ConfigError(f'--out {target} is the checkpoint itself; name another file')
    make_folder_of('--out', target)
    if os.path.lexists(target) and not overwrite:
        raise ConfigError(f'--out {target} is there already; --overwrite replaces it')
    stored, others = _state_dicts(load_checked(checkpoint), checkpoint)
    title, place = choose_place(stored, layout, checkpoint)
    behind = {
        name.removeprefix(place.prefix): tensor
        for name, tensor in stored[place.container].items()
        if name.startswith(place.prefix)
    }
    weights = resnet50_weights(behind, f'{checkpoint}, {place}')
    _write(weights, target)
    return printable_lines(_summary(title, place, weights, stored, others))


def _state_dicts(content: Any, source: str) -> tuple[dict[str, dict[str, Tensor]], list[str]]:
    """Return the tensors of each state dict by its container, and the names of what is none."""
    if not isinstance(content, Mapping):
        raise ConfigError(f'{source}: it holds no state dict but a {type(content).__name__}')
    inside = {
        key: each
        for key, each in content.items()
        if key and isinstance(key, str) and isinstance(each, Mapping)
    }
    stored = {
        container: tensors
        for container, each in {'': content, **inside}.items()
        if (tensors := _tensors(each))
    }
    used = [container for container in inside if container in stored]
    others = [str(key) for key in content if key not in stored.get('', {}) and key not in used]
    for container in used:
        others += [
            f'{container}.{name}' for name in inside[container] if name not in stored[container]
        ]
    return stored, others


def _tensors(content: Mapping[Any, Any]) -> dict[str, Tensor]:
    return {
        name: value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def _write(weights: dict[str, Tensor], target: Path) -> None:
    try:
        write_sealed(weights, target)
    except OSError as error:
        raise DiskError(f'--out {target}: cannot be written ({error.strerror})') from error


def _summary(
    title: str,
    place: Place,
    weights: Mapping[str, Tensor],
    stored: Mapping[str, Mapping[str, Tensor]],
    others: list[str],
) -> str:
    kept = {place.prefix + name for name in weights}
    rest = {
        container: [name for name in each if container != place.container or name not in kept]
        for container, each in stored.items()
    }
    counters = sum(name.endswith('num_batches_tracked') for name in weights)
    known = [each for each in find_places(rest) if each.prefix]
    dropped = [f'{count} of {each}' for each, count in grouped(rest, known).items()]
    lines = [
        f'{title}: {len(weights)} of {place} kept, {len(weights) - counters} weights and '
        f'statistics and {counters} counters of batches',
        f'dropped: {listed(dropped) or "no tensor"}',
    ]
    return '\n'.join(lines + ([f'besides, no tensors: {listed(others)}'] if others else []))
