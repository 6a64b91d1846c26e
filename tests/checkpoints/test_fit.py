"""Which weights of a file can be a model's."""

import math
import warnings

import pytest
import torch

from mmseg_ext.checkpoints.fit import check_weights, fit
from mmseg_ext.common.errors import ConfigError

OWN = {
    'a.weight': torch.zeros(2, 3),
    'a.bias': torch.zeros(2),
    'a.num_batches_tracked': torch.tensor(0),
    'a.index': torch.zeros(2, dtype=torch.int64),
}
GOOD = {name: torch.ones_like(tensor) for name, tensor in OWN.items()}
EYE = torch.eye(2, 3)


def test_what_is_filled():
    assert fit(GOOD, OWN, 'x.pth') == (['a.weight', 'a.bias', 'a.index'], [], [])
    found = fit({'a.weight': torch.ones(4, 3), 'b': torch.ones(1)}, OWN, 'x.pth')
    assert found == ([], ['a.bias', 'a.index'], ['a.weight (4, 3) instead of (2, 3)'])
    assert found.total == 3
    assert found.lacks() == (
        '2 are missing, e.g. a.bias, a.index and 1 are of another shape, e.g. '
        'a.weight (4, 3) instead of (2, 3)'
    )


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_fit(dtype):
    stored = {name: t.to(dtype) if t.is_floating_point() else t for name, t in GOOD.items()}
    assert fit(stored, OWN, 'x.pth').lacks() == ''
    own = {name: t.to(dtype) if t.is_floating_point() else t for name, t in OWN.items()}
    assert fit(GOOD, own, 'x.pth').lacks() == ''
    check_weights(stored, 'x.pth')


with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    SPARSE_ROWS = EYE.to_sparse_csr()
    QUANTISED = torch.quantize_per_tensor(EYE, 0.1, 0, torch.qint8)


@pytest.mark.parametrize(
    ('weight', 'message'),
    [
        (EYE.to_sparse(), r'is sparse \(sparse_coo\)'),
        (SPARSE_ROWS, r'is sparse \(sparse_csr\)'),
        (QUANTISED, r'is quantised \(qint8\)'),
        (torch.empty(2, 3, device='meta'), r'is without data \(of the meta device\)'),
        (EYE.int(), 'is of int32 numbers'),
        (EYE.bool(), 'is of bool numbers'),
        (EYE + 1j, 'is of complex64 numbers'),
        (EYE / 0, '6 of the 6 values of a.weight are NaN'),
        (EYE.double() * 1e300, '2 of the 6 values of a.weight are NaN or infinite'),
        (torch.full((2, 3), -math.inf), '6 of the 6 values of a.weight are NaN or infinite'),
    ],
)
def test_what_is_no_weight_is_named(weight, message):
    stored = {**GOOD, 'a.weight': weight}
    for check in (lambda: fit(stored, OWN, 'x.pth'), lambda: check_weights(stored, 'x.pth')):
        with pytest.raises(ConfigError, match=rf'^x\.pth: (a\.weight )?{message}'):
            check()


def test_an_infinite_buffer_of_the_model_may_be_infinite_in_the_file():
    mask = torch.tensor([[0, -math.inf], [0, 0]])
    assert fit({'mask': mask}, {'mask': mask.clone()}, 'x.pth').filled == ['mask']
    with pytest.raises(ConfigError, match='infinite'):
        fit({'mask': mask.T}, {'mask': mask}, 'x.pth')


def test_an_empty_tensor_fits():
    assert fit({'a': torch.ones(0, 2)}, {'a': torch.ones(0, 2)}, 'x.pth').filled == ['a']
