"""Mixed precision in bfloat16, on CPUs too."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import autocast
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Trains with convolutions and matrix products in bfloat16, weights and losses in float32.

    mmengine's `AmpOptimWrapper` refuses to work without a GPU. bfloat16 has the range of float32,
    so that no gradient needs scaling. Evaluation stays in float32. It takes the place of
    `OptimWrapper` in a config, `optim_wrapper=dict(type='BFloat16OptimWrapper')`, and pays where
    the processor has instructions for it (`lscpu` shows avx512_bf16 or amx_bf16); elsewhere it may
    be slower.

    Its arguments are those of mmengine's `OptimWrapper`.

    Source: our decision.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run a forward pass with its losses in mixed precision."""
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield
