"""Ends a training at the first number that is not finite, before it reaches the weights."""

from pathlib import Path
from typing import Any

import torch
from mmengine.dist import all_reduce, is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.batches import files_of
from mmseg_ext.training.resuming.recovery import Recovery, parameter_groups


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Stop at a loss or gradient that is not finite, and say where.

    Gradients and losses are checked when the optimizer is about to use them, so the weights are
    still those before the bad step. A gradient scaler (AMP) keeps steps with infinite gradients
    from the optimizer, or has a fused one skip them, as it must while it looks for its scale; those
    pass here too, but a loss that is not finite ends the training all the same.

    The error names the iteration, each loss term, the learning rates and the files of the batch.
    The state for examination is saved as `non_finite/iter_N.pth` in the work folder: weights,
    buffers and gradients, optimizer, losses and the batch.

    Args:
        recoveries: How often the training may go on from its last checkpoint with lower learning
            rates. `mmseg-debias train` does so by itself; other tools stop, and do so on
            `--resume`.
        lr_factor: What the learning rates are multiplied by at each recovery, in (0, 1).

    Raises:
        ConfigError: An argument is out of its range, or another process trains in the folder.
    """

    priority = 'VERY_HIGH'

    def __init__(self, recoveries: int = 0, lr_factor: float = 0.5) -> None:
        self._recovery = Recovery(recoveries, lr_factor)
        self._losses: dict[str, Any] = {}
        self._batch: Any = None
        self._stepped = False

    def before_train(self, runner: Runner) -> None:
        """Apply what recoveries have decided, and watch the losses and the optimizers."""
        self._recovery.apply(runner)
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        model.register_forward_hook(self._keep_losses)
        wrapper = runner.optim_wrapper
        for each in getattr(wrapper, 'optim_wrappers', dict(only=wrapper)).values():
            each.optimizer.register_step_pre_hook(
                lambda optimizer, *_: self._before_step(runner, optimizer)
            )

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Remember the batch."""
        self._batch = data_batch
        self._stepped = False

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Check the losses of a step that a gradient scaler or accumulation kept back.

        Raises:
            NonFiniteError: One is not finite.
        """
        if not self._stepped:
            self._check(runner, [])
        self._batch = None

    def _keep_losses(self, module: Any, inputs: Any, outputs: Any) -> None:
        # A prediction, in validation, is a list.
        if isinstance(outputs, dict):
            self._losses = outputs

    def _before_step(self, runner: Runner, optimizer: torch.optim.Optimizer) -> None:
        self._stepped = True
        # Set by a gradient scaler for a fused optimizer, which then leaves the weights alone.
        skipped = getattr(optimizer, 'found_inf', None)
        gradients = () if skipped else (p.grad for p in runner.model.parameters())
        self._check(runner, [gradient for gradient in gradients if gradient is not None])

    def _check(self, runner: Runner, gradients: list[torch.Tensor]) -> None:
        """Stop, in every process, if a loss of one of them or a gradient is not finite."""
        terms = [
            part for name, term in self._losses.items() if 'loss' in name for part in _parts(term)
        ]
        # Infinities of both signs add up to NaN, so a sum is finite only if its terms are.
        sums = [tensor.detach().sum(dtype=torch.float32) for tensor in (*terms, *gradients)]
        bad = (~torch.isfinite(torch.stack(sums).sum())).float()
        all_reduce(bad)
        if bad:
            self._stop(runner)

    def _stop(self, runner: Runner) -> None:
        losses = {
            name: sum(float(part.detach().mean()) for part in _parts(term))
            for name, term in self._losses.items()
        }
        broken = [
            name
            for name, p in runner.model.named_parameters()
            if p.grad is not None and not torch.isfinite(p.grad).all()
        ]
        rates = sorted({group['lr'] for group in parameter_groups(runner)})
        samples = self._batch['data_samples']
        lines = [
            f'not finite at iteration {runner.iter + 1}: '
            + ', '.join(f'{name} = {value:.6g}' for name, value in losses.items()),
            f'gradients that are not finite: {len(broken)}'
            + (f' parameters, e.g. {", ".join(broken[:3])}' if broken else ''),
            f'learning rate: {", ".join(f"{rate:.6g}" for rate in rates)}',
            f'files of the batch: {files_of(samples)}',
        ]
        if is_main_process():
            lines.append(f'state for examination: {self._save(runner, losses)}')
        raise self._recovery.decide(runner, '\n  '.join(lines))

    def _save(self, runner: Runner, losses: dict[str, float]) -> str:
        path = Path(runner.work_dir, 'non_finite', f'iter_{runner.iter + 1}.pth')
        state = dict(
            iter=runner.iter,
            losses=losses,
            state_dict=runner.model.state_dict(),
            gradients={name: p.grad for name, p in runner.model.named_parameters()},
            optimizer=runner.optim_wrapper.state_dict(),
            inputs=self._batch['inputs'],
            labels=[sample.gt_sem_seg.data for sample in self._batch['data_samples']],
            files=[files_of([sample]) for sample in self._batch['data_samples']],
        )
        try:
            with atomic_path(path) as temporary:
                torch.save(state, temporary)
        except (OSError, RuntimeError) as error:  # torch's archive writer raises RuntimeErrors
            return f'could not be saved as {path} ({error})'
        return str(path)


def _parts(term: Any) -> list[torch.Tensor]:
    """Return the tensors of a loss term, which may be a list of them."""
    return [term] if isinstance(term, torch.Tensor) else list(term)
