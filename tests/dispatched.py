"""Counts what torch is asked to do: operators, and those for which the host waits for a GPU."""

import collections

import torch
from torch.utils._python_dispatch import TorchDispatchMode

READ_SIZES_OR_VALUES = {
    # `.item()`, `float(tensor)`, `bool(tensor)`, `if tensor:`
    'aten::_local_scalar_dense',
    'aten::is_nonzero',
    'aten::equal',
    # Results whose size follows from values.
    'aten::nonzero',
    'aten::masked_select',
    'aten::bincount',
    'aten::_unique2',
    'aten::unique_dim',
    'aten::unique_consecutive',
    'aten::repeat_interleave.Tensor',
}
INDEXED = {'aten::index.Tensor', 'aten::index_put', 'aten::index_put_', 'aten::_index_put_impl_'}
"""Which read sizes where the index is a mask."""


def waits(name, args, kwargs):
    if name in INDEXED:
        return any(each is not None and each.dtype in (torch.bool, torch.uint8) for each in args[1])
    if name == 'aten::_to_copy':
        to = kwargs.get('device')
        return to is not None and torch.device(to).type == 'cpu' and args[0].device.type != 'cpu'
    return name in READ_SIZES_OR_VALUES


class Dispatched(TorchDispatchMode):
    """While it is entered, `operators` and `waits` are counted by name, also those of gradients."""

    def __init__(self):
        super().__init__()
        self.operators = collections.Counter()
        self.waits = collections.Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = function.name()
        self.operators[name] += 1
        self.waits[name] += waits(name, args, kwargs)
        return function(*args, **kwargs)
