"""Fits the calibration of a checkpoint on frames of a data set."""

from collections.abc import Iterable
from typing import Any

from mmengine.config import Config

from mmseg_ext.calibration.calibrate import calibrate
from mmseg_ext.calibration.driver.bars import counted, tracked
from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.driver.fit_data import FRAMES, labels_of, open_fit_data, open_model
from mmseg_ext.calibration.driver.fit_frames import sample_frames
from mmseg_ext.calibration.driver.fitted import Fitted
from mmseg_ext.calibration.driver.pixel_sample import PixelSample
from mmseg_ext.common.errors import ConfigError, DataError

_USE = 'calibration'


def fit_checkpoint(
    config: Config,
    checkpoint: str,
    split: str = 'train',
    frames: int = FRAMES,
    objective: str = 'mIoU',
    seed: int = 0,
    bars: bool = True,
) -> Fitted:
    """Run a model over frames and fit its calibration on a sample of their pixels.

    Args:
        config: The config of the model and of the data set.
        checkpoint: The model's checkpoint.
        split: 'train' or 'val'.
        frames: How many frames to draw; all where there are no more.
        objective: One of :data:`~mmseg_ext.calibration.objectives.OBJECTIVES`.
        seed: Of the frames, pixels, folds and resamples.
        bars: Whether to show progress on a terminal.

    Raises:
        ConfigError: The split is the test's or shares frames with it, the model does not end in
            `conv_seg` with a bias, the checkpoint is of another model or other classes or is
            calibrated already, the objective needs a tail and none is known, or there are fewer
            than two frames with labels.
        DataError: A file of the data set is wrong or has no labels.

    Source: our decision.
    """
    model = open_model(config, checkpoint, split, _USE)
    biased = BiasedModel(model, _USE)
    data = open_fit_data(config, checkpoint, split, biased.classes)
    data.require_tail(objective)
    numbers = sample_frames(len(data.dataset), frames, seed)
    sample = PixelSample(len(data.classes), len(numbers), seed)
    loader = data.loader(data.dataset, numbers)
    paths = _run(model, biased, tracked(loader, f'frames of {split}', bars), sample)
    if not sample.pixels:
        raise DataError(f'none of the {len(paths)} frames of {split} has a labelled pixel')
    logits, labels, frame_of = sample.take()
    with counted('fits', bars) as fitted:
        try:
            found = calibrate(
                logits.T,
                labels,
                frame_of,
                objective,
                data.tail_ids,
                data.units(paths),
                seed,
                fitted,
            )
        except ValueError as error:
            raise ConfigError(f'{split} cannot be calibrated on: {error}') from error
    return Fitted(
        calibration=found,
        data=data,
        bias_name=biased.bias_name,
        added=biased.added(found.bias),
        seed=seed,
    )


def _run(model: Any, biased: BiasedModel, batches: Iterable, sample: PixelSample) -> list[str]:
    """Take pixels of every frame; gives the paths of the frames."""
    paths = []
    for batch in batches:
        data = model.data_preprocessor(batch, False)
        inputs, (frame,) = data['inputs'], data['data_samples']
        try:
            sample.add(biased.logits(inputs, frame), labels_of(frame), biased.ignore_index)
        except ValueError as error:
            raise DataError(f'{frame.img_path}: {error}') from error
        paths.append(frame.img_path)
    return paths
