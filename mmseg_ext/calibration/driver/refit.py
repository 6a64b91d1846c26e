"""Fits the last layer of a checkpoint anew on frames of a data set."""

from dataclasses import dataclass

from mmengine.config import Config

from mmseg_ext.calibration.calibrate import calibrate
from mmseg_ext.calibration.cross_validation import fold_of_frames
from mmseg_ext.calibration.driver.bars import counted, tracked
from mmseg_ext.calibration.driver.fit_data import FitData, open_fit_data, open_model
from mmseg_ext.calibration.driver.fit_frames import fit_set, sample_frames
from mmseg_ext.calibration.driver.fitted import Fitted
from mmseg_ext.calibration.driver.frozen_features import FrozenFeatures
from mmseg_ext.calibration.driver.frozen_pixels import moments_of_folds, read_pixels
from mmseg_ext.calibration.driver.refit_variants import RefitOptions, RefitVariants
from mmseg_ext.calibration.gains import Gain
from mmseg_ext.calibration.refit import Classifier, StyleMoments
from mmseg_ext.common.errors import ConfigError


@dataclass(frozen=True)
class Refitted:
    """A classifier fitted anew, and what it changes.

    Attributes:
        options: How.
        data: The frames that it was fitted on, and the checkpoint.
        names: Of the weight and of the bias of the layer.
        layer: What they are to hold; with the biases of the calibration, where those gain.
        pixels: How many were fitted on.
        channels: The number of features D.
        units: What the intervals and folds are over, in words.
        folds: Number of folds.
        gains: Of each variant, those of the means on frames that were not fitted on, against the
            model as it was trained.
        calibration: Of the classifier that was fitted anew, if asked for.
    """

    options: RefitOptions
    data: FitData
    names: tuple[str, str]
    layer: Classifier
    pixels: int
    channels: int
    units: str
    folds: int
    gains: dict[str, dict[str, Gain]]
    calibration: Fitted | None


def refit_checkpoint(
    config: Config, checkpoint: str, options: RefitOptions, bars: bool = True
) -> Refitted:
    """Fit the last layer of a model anew on its frozen features.

    Args:
        config: The config of the model and of the data set.
        checkpoint: The model's checkpoint.
        options: How.
        bars: Whether to show progress on a terminal.

    Raises:
        ConfigError: As of :func:`~mmseg_ext.calibration.driver.fit.fit_checkpoint`, the features of
            the model depend on its last layer, or `keep` keeps no direction.
        DataError: A file of the data set is wrong or has no labels.

    Source: arXiv 2302.09795 and 1910.09217; on pixels and validated, our decision.
    """
    split, seed = options.split, options.seed
    model = open_model(config, checkpoint, split, 'refit')
    frozen = FrozenFeatures(model)
    # Refuses what is out of range before anything takes long.
    options.projection(StyleMoments(frozen.channels))
    data = open_fit_data(config, checkpoint, split, frozen.classes)
    data.require_tail(options.objective or '')
    styled = [fit_set(config, split, style) for style in options.styles]
    numbers = sample_frames(len(data.dataset), options.frames, seed)
    frames = tracked(data.loader(data.dataset, numbers), f'frames of {split}', bars)
    pixels = read_pixels(model, frozen, frames, len(numbers), seed)
    units = data.units(pixels.paths)
    if units.count < 2:
        raise ConfigError(f'{split}: {units.described} cannot be validated on; give more --frames')
    moments = []
    if styled:
        copies = zip(*(data.loader(each, numbers) for each in styled), strict=True)
        shown = tracked(copies, 'in other styles', bars, total=len(numbers))
        moments = moments_of_folds(model, frozen, shown, pixels, fold_of_frames(units, seed))
    variants = RefitVariants(frozen.classifier, pixels, units, moments, options, data.tail_ids)
    classifier, gains = _fit(variants, bars)
    calibration = None
    if options.objective is not None:
        with counted('fits of biases', bars) as fitted:
            found = calibrate(
                variants.logits(classifier), pixels.labels, pixels.frames, options.objective,
                data.tail_ids, units, seed, fitted,
            )  # fmt: skip
        calibration = Fitted(found, data, frozen.names[1], frozen.added(found.bias), seed)
        if found.shown:
            classifier = classifier._replace(bias=classifier.bias + found.bias)
    return Refitted(
        options=options,
        data=data,
        names=frozen.names,
        layer=frozen.folded(classifier),
        pixels=len(pixels.labels),
        channels=frozen.channels,
        units=units.described,
        folds=int(variants.folds.max()) + 1,
        gains=gains,
        calibration=calibration,
    )


def _fit(variants: RefitVariants, bars: bool) -> tuple[Classifier, dict[str, dict[str, Gain]]]:
    """Validate all variants, and fit the last."""
    fits, total = 0, len(variants.names) * (int(variants.folds.max()) + 1) + 1
    with counted('fits', bars) as fitted:

        def done() -> None:
            nonlocal fits
            fits += 1
            fitted(fits, total)

        gains = {name: variants.gains(name, done) for name in variants.names}
        return variants.fit(variants.names[-1]), gains
