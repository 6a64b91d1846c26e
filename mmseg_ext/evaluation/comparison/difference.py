"""What a comparison finds: the difference of two methods in every class and mean."""

import math
from dataclasses import dataclass, replace

import numpy as np

from mmseg_ext.evaluation.comparison.methods import Method
from mmseg_ext.evaluation.comparison.significance import SIGNIFICANCE
from mmseg_ext.evaluation.resampling import Units


@dataclass(frozen=True)
class Difference:
    """A method against the baseline in one IoU or mean; fractions.

    A class that is labelled in no image has no IoU here, whether predicted or not.

    Attributes:
        name: Class, or the name of a mean.
        baseline: Mean over the baseline's seeds.
        method: Mean over the method's seeds.
        interval: 95 % interval of the difference over images, paired, shape (2,).
        baseline_spread: Standard deviation between the baseline's seeds; NaN with one.
        method_spread: Likewise of the method.
        p_value: Of no difference, adjusted for the number of questions; NaN where there is
            no difference. Of a mean with classes left out of its test, that of `tested`.
        units: Effective number of units that show the class, or that the noise of the mean
            is known from; NaN where there is none.
        left_out: Of a mean, its classes that too few units show to be tested.
        tested: The mean over the others, where there are such.
    """

    name: str
    baseline: float
    method: float
    interval: np.ndarray
    baseline_spread: float
    method_spread: float
    p_value: float
    units: float
    left_out: tuple[str, ...] = ()
    tested: 'Difference | None' = None

    @property
    def change(self) -> float:
        """Method minus baseline."""
        return self.method - self.baseline

    @property
    def beyond_noise(self) -> bool:
        """Whether the adjusted p-value is below 5 %."""
        return self.p_value < SIGNIFICANCE

    @property
    def rows(self) -> list['Difference']:
        """As tables show it: a mean that is not tested as it is has no p-value, and a row more."""
        if self.tested is None:
            return [self]
        return [replace(self, p_value=math.nan, tested=None), self.tested]

    def with_p_value(self, p_value: float) -> 'Difference':
        """Return the same with another p-value, here and where it is tested."""
        tested = self.tested and replace(self.tested, p_value=p_value)
        return replace(self, p_value=p_value, tested=tested)


@dataclass(frozen=True)
class Comparison:
    """One method against the baseline.

    Attributes:
        baseline: The baseline.
        method: The method.
        classes: Class by class.
        means: `mIoU`, `tail mIoU` where the baseline has a tail, and the means
            `Boundary IoU` and `Boundary F` where all runs counted them with the same settings: over
            the classes that are labelled in the images, or have a boundary there, and so over the
            same ones for both methods.
        units: What the resamples drew.
    """

    baseline: Method
    method: Method
    classes: list[Difference]
    means: list[Difference]
    units: Units

    @property
    def mean_rows(self) -> list[Difference]:
        """The rows of the table below its classes."""
        return [row for mean in self.means for row in mean.rows]

    @property
    def rows(self) -> list[Difference]:
        """All of the table: the classes, then the means."""
        return [*self.classes, *self.mean_rows]

    @property
    def seeds_known(self) -> bool:
        """Whether any method has several runs, so that the noise of the seeds is known."""
        return len(self.baseline.runs) + len(self.method.runs) > 2
