"""How the weights of a file fit a model: which it has, and whether they are numbers to load.

torch leaves a parameter as it was where a file's tensor cannot be copied into it, mmengine only
warns, and a model with random weights is then trained on or evaluated.

Source: our decision.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from mmseg_ext.common.errors import ConfigError

_EXAMPLES = 3
_WEIGHTS = ('.weight', '.bias', '.running_mean', '.running_var')


class Fit(NamedTuple):
    """What of a model a file has, by the names of parameters and buffers.

    Attributes:
        filled: With a tensor of the same shape.
        missing: Without a tensor.
        differing: With a tensor of another shape, and both shapes.
    """

    filled: list[str]
    missing: list[str]
    differing: list[str]

    @property
    def total(self) -> int:
        """How many the model has."""
        return len(self.filled) + len(self.missing) + len(self.differing)

    def lacks(self) -> str:
        """Say how many are missing or of another shape, with examples."""
        parts = ((self.missing, 'missing'), (self.differing, 'of another shape'))
        return ' and '.join(
            f'{len(names)} are {problem}, e.g. {", ".join(names[:_EXAMPLES])}'
            for names, problem in parts
            if names
        )


def fit(stored: Mapping[str, Tensor], own: Mapping[str, Tensor], source: str) -> Fit:
    """Compare the tensors of a file with those of a model, but for batch norms' counters.

    Args:
        stored: The file's tensors by name.
        own: The model's.
        source: The file, for a message.

    Raises:
        ConfigError: A tensor that would be loaded is sparse, quantised, without data, or whole
            numbers or truth values in place of floating-point ones; or has values that are not
            finite.
    """
    found = Fit([], [], [])
    for name, tensor in own.items():
        if name.endswith('num_batches_tracked'):
            continue
        if name not in stored:
            found.missing.append(name)
        elif stored[name].shape != tensor.shape:
            shapes = f'{tuple(stored[name].shape)} instead of {tuple(tensor.shape)}'
            found.differing.append(f'{name} {shapes}')
        else:
            check_weight(name, stored[name], tensor, source)
            found.filled.append(name)
    return found


def check_weight(name: str, stored: Tensor, own: Tensor, source: str) -> None:
    """Check that a tensor of a file can be loaded into a model's of the same shape.

    Args:
        name: Of the parameter or buffer.
        stored: The file's tensor.
        own: The model's. Where it is infinite, as the mask of an attention may be, so may be
            the file's.
        source: The file, for the message.

    Raises:
        ConfigError: It is of another kind than the model's, or not finite.
    """
    kind = _other_kind(stored, own.is_floating_point())
    if kind is not None:
        raise ConfigError(
            f'{source}: {name} is {kind}, and the model needs dense {_kind(own.dtype)} numbers'
        )
    if own.is_floating_point():
        bad = _not_finite(stored, own.dtype)
        if bad is not None and not torch.equal(bad, ~torch.isfinite(own).to(bad.device)):
            raise _no_numbers(name, bad, source)


def check_weights(stored: Mapping[str, Tensor], source: str) -> None:
    """Check the tensors of a file whose model is not known.

    Args:
        stored: By name. Weights, biases and running statistics must be floating-point.
        source: The file, for the message.

    Raises:
        ConfigError: One is sparse, quantised, without data or not finite, or a weight is no
            floating-point number.
    """
    for name, tensor in stored.items():
        kind = _other_kind(tensor, name.endswith(_WEIGHTS))
        if kind is not None:
            raise ConfigError(f'{source}: {name} is {kind}, and no weights of a model')
        bad = _not_finite(tensor, torch.float32) if tensor.is_floating_point() else None
        if bad is not None:
            raise _no_numbers(name, bad, source)


def _other_kind(tensor: Tensor, floating: bool) -> str | None:
    if tensor.is_quantized:
        return f'quantised ({_kind(tensor.dtype)})'
    if tensor.is_meta:
        return 'without data (of the meta device)'
    if tensor.layout is not torch.strided or tensor.is_nested:
        return f'sparse ({_kind(tensor.layout)})'
    if floating and not tensor.is_floating_point():
        return f'of {_kind(tensor.dtype)} numbers'
    return None


def _kind(torch_name: object) -> str:
    return str(torch_name).removeprefix('torch.')


def _not_finite(tensor: Tensor, dtype: torch.dtype) -> Tensor | None:
    """Return where values are not finite in a model's precision, None where all are, cheaply."""
    if tensor.numel() == 0:
        return None
    values = tensor.detach().to(dtype)
    # NaN wins in both.
    if all(torch.isfinite(end) for end in torch.aminmax(values)):
        return None
    return ~torch.isfinite(values)


def _no_numbers(name: str, bad: Tensor, source: str) -> ConfigError:
    return ConfigError(
        f'{source}: {int(bad.sum())} of the {bad.numel()} values of {name} are NaN or infinite, as '
        'after a training that diverged; take an earlier checkpoint'
    )
