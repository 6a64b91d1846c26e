"""How far the training is, as mmengine's runner tells it."""

from dataclasses import dataclass

from mmengine.logging import MessageHub

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.seeding import shared_seed


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
        runtime = MessageHub.get_current_instance().runtime_info
        if 'iter' not in runtime or 'max_iters' not in runtime:
            raise ConfigError(
                "class suppression depends on the training progress, but mmengine's message hub "
                "holds no 'iter' and 'max_iters'; train with mmengine's Runner, or call "
                "MessageHub.get_current_instance().update_info('iter', ...) and 'max_iters' "
                'before each step of your own loop'
            )
        # A runner without a fixed seed writes None.
        seed = shared_seed(int(runtime.get('seed') or 0))
        return cls(int(runtime['iter']), int(runtime['max_iters']), seed)
