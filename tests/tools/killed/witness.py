"""Hooks that write down what each process does; one of them lets a process die."""

import json
import os
import signal
from pathlib import Path

from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmseg.registry import HOOKS

from mmseg_ext.common.errors import DataError


@HOOKS.register_module()
class Witness(Hook):
    """Write `rank_N.jsonl` in the work folder: the dropped class and tau of every iteration.

    With WITNESS_DIES=N in the environment, process 1 fails at iteration N, or is killed there with
    WITNESS_KILLED=1, with WITNESS_KILLED=node after the torchrun that started it. With
    WITNESS_SIGNALLED=N it alone gets SIGUSR1 in that iteration, with WITNESS_SIGNALLED=val in its
    first validation.
    """

    def before_train(self, runner):
        self._file = Path(runner.work_dir) / f'rank_{get_rank()}.jsonl'
        policy = runner.model.module.decode_head.drop_policy
        at = policy.at

        def recorded(*arguments):
            self._drop = at(*arguments)
            return self._drop

        policy.at = recorded

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        record = [runner.iter + 1, self._drop.dropped, self._drop.tau]
        with self._file.open('a') as file:
            file.write(json.dumps(record) + '\n')
        if get_rank() == 1 and str(runner.iter + 1) == os.environ.get('WITNESS_DIES'):
            if os.environ.get('WITNESS_KILLED') == 'node':
                os.kill(os.getppid(), signal.SIGKILL)
            if 'WITNESS_KILLED' in os.environ:
                os.kill(os.getpid(), signal.SIGKILL)
            raise DataError('process 1 dies on purpose')
        self._signal(str(runner.iter + 1))

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if batch_idx == 0:
            self._signal('val')

    def _signal(self, moment):
        if get_rank() == 1 and moment == os.environ.get('WITNESS_SIGNALLED'):
            os.kill(os.getpid(), signal.SIGUSR1)


@HOOKS.register_module()
class ScoreWitness(Hook):
    """Write `scores_N.json` in the work folder, for process N; mmengine's all write one file."""

    priority = 'LOWEST'

    def after_test_epoch(self, runner, metrics=None):
        Path(runner.work_dir, f'scores_{get_rank()}.json').write_text(json.dumps(metrics))
