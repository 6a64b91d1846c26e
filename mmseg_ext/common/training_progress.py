"""How far the training is, as mmengine's runner tells it."""

from dataclasses import dataclass

from mmengine.dist import get_world_size
from mmengine.logging import MessageHub

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.seeding import shared_seed

_AGREED = 'shared_seed'
"""In the message hub, the last step that used the shared seed, and the seed."""


@dataclass(frozen=True)
class Progress:
    """The place of one training step in its run.

    Attributes:
        iteration: Number of the step, from 0.
        max_iters: Length of the run in steps.
        seed: Seed of the run, the same in every process.

    Raises:
        ConfigError: The step is not in the run: what follows from its place, as the share of a
            dropped class, would lie outside of [0, 1].
    """

    iteration: int
    max_iters: int
    seed: int

    def __post_init__(self) -> None:
        """Check that the step is in the run."""
        if not 0 <= self.iteration <= self.max_iters or not self.max_iters:
            raise ConfigError(
                f'step {self.iteration} of a training of {self.max_iters}: class suppression '
                'depends on the share that is done. A loop by epochs ends them where its sampler '
                'ends; one without an end needs IterBasedTrainLoop'
            )

    @property
    def fraction(self) -> float:
        """Share of the run that is done, in [0, 1]."""
        return self.iteration / self.max_iters

    @classmethod
    def current(cls) -> 'Progress':
        """Read the place from mmengine's message hub, which travels in checkpoints.

        Raises:
            ConfigError: If no runner has written it there, or the step is not in the run.
        """
        hub = MessageHub.get_current_instance()
        runtime = hub.runtime_info
        if 'iter' not in runtime or 'max_iters' not in runtime:
            raise ConfigError(
                "class suppression depends on the training progress, but mmengine's message hub "
                "holds no 'iter' and 'max_iters'; train with mmengine's Runner, or call "
                "MessageHub.get_current_instance().update_info('iter', ...) and 'max_iters' "
                'before each step of your own loop'
            )
        return cls(int(runtime['iter']), int(runtime['max_iters']), _seed_of_run(hub))


def _seed_of_run(hub: MessageHub) -> int:
    """Return the seed that all processes share, which they agree on once a run.

    Whether they have is told by the number of the step, which is the same in all of them. Their own
    seeds may differ, so that one process alone would wait for the others.
    """
    iteration = int(hub.get_info('iter'))
    # A runner without a fixed seed writes None.
    own_seed = int(hub.get_info('seed', None) or 0)
    if get_world_size() == 1:
        return own_seed
    agreed_at, seed = hub.get_info(_AGREED, (None, own_seed))
    if agreed_at is None or iteration not in (agreed_at, agreed_at + 1):
        seed = shared_seed(own_seed)
    hub.update_info(_AGREED, (iteration, seed), resumed=False)
    return seed
