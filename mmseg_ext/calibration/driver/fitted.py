"""Fits the calibration of a checkpoint on frames of a data set."""

import copy
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.progress import Progress, track
from torch.utils.data import DataLoader, Subset

from mmseg_ext.calibration.calibrate import Calibration, calibrate
from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.driver.fit_frames import (
    check_split,
    fit_set,
    refuse_test_frames,
    sample_frames,
)
from mmseg_ext.calibration.driver.pixel_sample import PixelSample
from mmseg_ext.checkpoints.calibrated import refuse_calibrated
from mmseg_ext.checkpoints.checkpoint import check_classes
from mmseg_ext.checkpoints.loaders import sha256_when_read
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.checkpoints.read_once import forget
from mmseg_ext.common.config_parts import require_parts, type_name
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.drives import METAINFO_KEY
from mmseg_ext.evaluation.image_counts import image_names
from mmseg_ext.evaluation.resampling import units_of
from mmseg_ext.evaluation.tail import TAIL_BELOW, Tail, choose_tail
from mmseg_ext.models.trained_model import trained_model

FRAMES = 200


@dataclass(frozen=True)
class Fitted:
    """A calibration of a checkpoint, and of what it is.

    Attributes:
        calibration: The biases and what they gain.
        checkpoint: The file that was calibrated.
        sha256: Of that file when it was read.
        bias_name: The parameter that the biases go into.
        added: What is added to it, float64, shape (C,), or (1,) of one logit.
        classes: The class names.
        tail: The rare classes.
        train_shares: Percentage of the labelled training pixels of every class, where known.
        split: Of the frames.
        dataset: The class of the data set.
        seed: Of all draws.
        notes: What a user should know of the frames.
    """

    calibration: Calibration
    checkpoint: str
    sha256: str | None
    bias_name: str
    added: np.ndarray
    classes: tuple[str, ...]
    tail: Tail | None
    train_shares: dict[str, float] | None
    split: str
    dataset: str
    seed: int
    notes: tuple[str, ...]


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
    check_split(split)
    init_default_scope(config.get('default_scope', 'mmseg'))
    require_parts(config, 'calibration', 'model', f'{split}_dataloader')
    refuse_calibrated(checkpoint)
    # Before data are looked for, for a model that cannot be calibrated.
    model: Any = trained_model(copy.deepcopy(config.model), checkpoint)
    biased = BiasedModel(model)
    dataset = fit_set(config, split)
    classes = tuple(dataset.metainfo['classes'])
    if len(classes) != biased.classes:
        raise ConfigError(
            f'the model decides between {biased.classes} classes, but {split} has {len(classes)}'
        )
    check_classes(checkpoint, classes)
    tested = split == 'train' and config.get('test_dataloader')
    check_preprocessing(checkpoint, config, 'test' if tested else 'val')
    sha256 = sha256_when_read(checkpoint)
    # With the state of an optimizer it may be large.
    forget()
    shares = dataset.metainfo.get('train_shares')
    tail = _tail(config, classes, shares)
    if objective == 'tail_mIoU' and tail is None:
        raise ConfigError(
            '--objective tail_mIoU: no class is known to be rare; give train_shares in the '
            'metainfo of the data set, or test_evaluator.tail_classes'
        )
    note = refuse_test_frames(config, dataset)
    chosen = sample_frames(len(dataset), frames, seed)
    sample = PixelSample(len(classes), len(chosen), seed)
    paths = []
    loader = DataLoader(
        Subset(dataset, chosen),
        batch_size=1,
        num_workers=config[f'{split}_dataloader'].get('num_workers', 0),
        collate_fn=pseudo_collate,
    )
    for batch in _tracked(loader, f'frames of {split}', bars):
        data = model.data_preprocessor(batch, False)
        inputs, (frame,) = data['inputs'], data['data_samples']
        if 'gt_sem_seg' not in frame:
            raise DataError(f'{frame.img_path}: no label to fit on')
        try:
            sample.add(biased.logits(inputs, frame), frame.gt_sem_seg.data[0], biased.ignore_index)
        except ValueError as error:
            raise DataError(f'{frame.img_path}: {error}') from error
        paths.append(frame.img_path)
    if not sample.pixels:
        raise DataError(f'none of the {len(paths)} frames of {split} has a labelled pixel')
    units = units_of(image_names(paths), dataset.metainfo.get(METAINFO_KEY))
    tail_ids = [classes.index(name) for name in tail.classes] if tail else []
    logits, labels, numbers = sample.take()
    with _fits(bars) as fitted:
        try:
            found = calibrate(logits.T, labels, numbers, objective, tail_ids, units, seed, fitted)
        except ValueError as error:
            raise ConfigError(f'{split} cannot be calibrated on: {error}') from error
    return Fitted(
        calibration=found,
        checkpoint=checkpoint,
        sha256=sha256,
        bias_name=biased.bias_name,
        added=biased.added(found.bias),
        classes=classes,
        tail=tail,
        train_shares=shares,
        split=split,
        dataset=type(dataset).__name__,
        seed=seed,
        notes=(note,) if note else (),
    )


def _tail(config: Config, classes: tuple[str, ...], shares: Any) -> Tail | None:
    """Choose the tail that the metric of the test reports."""
    evaluators = config.get('test_evaluator') or config.get('val_evaluator') or []
    for each in [evaluators] if isinstance(evaluators, dict) else evaluators:
        if type_name(each) == 'PerClassIoU':
            named = each.get('tail_classes')
            named = [named] if isinstance(named, str) else named
            return choose_tail(classes, named, each.get('tail_below', TAIL_BELOW), shares)
    return choose_tail(classes, train_shares=shares)


def _tracked(loader: Iterable, title: str, bars: bool) -> Iterable:
    console = Console(stderr=True)
    hidden = not (bars and sys.stderr.isatty())
    return track(loader, title, console=console, disable=hidden, transient=True)


@contextmanager
def _fits(bars: bool) -> Iterator[Callable[[int, int], None]]:
    hidden = not (bars and sys.stderr.isatty())
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task('fits', total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
