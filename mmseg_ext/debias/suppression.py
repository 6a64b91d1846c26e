"""Which class is dropped at which training step, and how the two branches are weighted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.training_progress import Progress

SCHEDULES = ('linear', 'cosine', 'constant')
DRAWS = ('uniform', 'present', 'inverse_frequency')


@dataclass(frozen=True)
class ClassDrop:
    """What one training step does.

    Attributes:
        tau: Weight of the suppressed branch, in [0, 1].
        dropped: The class that is left out of the selection, or None.
    """

    tau: float
    dropped: int | None


class DropPolicy:
    """Draws the class to drop (the paper's z and b) and schedules tau.

    The draw depends on the seed of the run and the number of the step alone; that of 'present'
    also on the classes that the batches of all processes show. So it is the same on every process
    and in every head of a model, and a resumed run draws what the unbroken run would have drawn.

    Args:
        num_classes: Number of classes C.
        schedule: tau over the progress p of the training: 'linear' is p (released code),
            'cosine' is (1 - cos(pi p)) / 2, 'constant' is ``tau`` (both our options).
        tau: The value of the constant schedule, 0.5 by default.
        progress_steps: Round the progress down to multiples of 1/progress_steps;
            the released code does so with its number of epochs.
        drop_probability: Probability that the drawn class is dropped; None
            takes tau (released code). 0 gives the control "same block, nothing ever dropped".
        draw: 'uniform' over all classes (released code), 'present' over those labelled in
            the batch, 'inverse_frequency' with odds 1/frequency (both our options).
        class_frequency: Pixel share of every class in the training
            set, needed by 'inverse_frequency' and by nothing else.

    Raises:
        ConfigError: If an argument is not of the allowed ones.
    """

    def __init__(
        self,
        num_classes: int,
        schedule: str = 'linear',
        tau: float | None = None,
        progress_steps: int | None = None,
        drop_probability: float | None = None,
        draw: str = 'uniform',
        class_frequency: Sequence[float] | None = None,
    ):
        _check_choice('schedule', schedule, SCHEDULES)
        _check_choice('draw', draw, DRAWS)
        for name, value in (('tau', tau), ('drop_probability', drop_probability)):
            if value is not None:
                _check_fraction(name, value)
        if progress_steps is not None and progress_steps < 1:
            raise ConfigError(f'suppression.progress_steps={progress_steps}: give 1 or more')
        if schedule == 'constant' and progress_steps is not None:
            raise ConfigError(
                'suppression.progress_steps rounds the progress, which does not move '
                "schedule='constant'; remove one of the two"
            )
        if schedule != 'constant' and tau is not None:
            raise ConfigError(
                f"suppression.tau is that of schedule='constant', not of {schedule!r}; "
                'remove one of the two'
            )
        self.num_classes = num_classes
        self.schedule = schedule
        self.tau = 0.5 if tau is None else tau
        self.progress_steps = progress_steps
        self.drop_probability = drop_probability
        self.draw = draw
        self.class_odds = self._odds(class_frequency)

    def _odds(self, class_frequency: Sequence[float] | None) -> np.ndarray:
        if self.draw != 'inverse_frequency':
            if class_frequency is not None:
                raise ConfigError(
                    f"suppression.class_frequency is used by draw='inverse_frequency' only, not "
                    f'by draw={self.draw!r}; remove one of the two'
                )
            return np.ones(self.num_classes)
        frequency = np.asarray([] if class_frequency is None else class_frequency, float)
        if (
            frequency.shape != (self.num_classes,)
            or not ((frequency > 0) & (frequency < np.inf)).all()
        ):
            raise ConfigError(
                "suppression.draw='inverse_frequency' needs class_frequency, a positive pixel "
                f'share for each of the {self.num_classes} classes, got {class_frequency}; '
                'tools/check_data.py prints the shares'
            )
        return 1 / frequency

    def tau_at(self, progress: Progress) -> float:
        """Weight of the suppressed branch at one step."""
        if self.schedule == 'constant':
            return self.tau
        fraction = progress.fraction
        if self.progress_steps is not None:
            done = progress.iteration * self.progress_steps // progress.max_iters
            fraction = done / self.progress_steps
        if self.schedule == 'cosine':
            return (1 - math.cos(math.pi * fraction)) / 2
        return fraction

    def at(self, progress: Progress, present: torch.Tensor | None = None) -> ClassDrop:
        """Draw for one step.

        Args:
            progress: The place of the step.
            present: Whether each class is labelled in the batch of any
                process, bool, shape (C,); for draw='present'.

        Returns:
            ClassDrop: tau and the dropped class; nothing is dropped where no class is present.
        """
        odds = self.class_odds
        if self.draw == 'present':
            assert present is not None
            odds = odds * present.cpu().numpy()
        tau = self.tau_at(progress)
        probability = tau if self.drop_probability is None else self.drop_probability
        generator = np.random.default_rng([progress.seed, progress.iteration])
        if generator.random() >= probability or odds.sum() == 0:
            return ClassDrop(tau, None)
        return ClassDrop(tau, int(generator.choice(self.num_classes, p=odds / odds.sum())))


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f'suppression.{name}={value!r}: choose one of {", ".join(allowed)}')


def _check_fraction(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ConfigError(f'suppression.{name}={value}: give a number from 0 to 1')
