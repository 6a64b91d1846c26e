"""Fits the calibration of a checkpoint on frames of a data set."""

import copy
from collections.abc import Iterable
from typing import Any

from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader, Subset

from mmseg_ext.calibration.calibrate import calibrate
from mmseg_ext.calibration.driver.bars import counted, tracked
from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.driver.fit_frames import (
    check_split,
    fit_set,
    refuse_test_frames,
    sample_frames,
)
from mmseg_ext.calibration.driver.fitted import Fitted
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
    model = trained_model(copy.deepcopy(config.model), checkpoint)
    biased = BiasedModel(model)
    dataset = fit_set(config, split)
    classes = tuple(dataset.metainfo['classes'])
    if len(classes) != biased.classes:
        raise ConfigError(
            f'the model decides between {biased.classes} classes, but {split} has {len(classes)}'
        )
    sha256 = _check_checkpoint(config, checkpoint, split, classes)
    shares = dataset.metainfo.get('train_shares')
    tail = _tail(config, classes, shares)
    if objective == 'tail_mIoU' and tail is None:
        raise ConfigError(
            '--objective tail_mIoU: no class is known to be rare; give train_shares in the '
            'metainfo of the data set, or test_evaluator.tail_classes'
        )
    note = refuse_test_frames(config, dataset)
    loader = DataLoader(
        Subset(dataset, sample_frames(len(dataset), frames, seed)),
        batch_size=1,
        num_workers=config[f'{split}_dataloader'].get('num_workers', 0),
        collate_fn=pseudo_collate,
    )
    sample = PixelSample(len(classes), len(loader), seed)
    paths = _run(model, biased, tracked(loader, f'frames of {split}', bars), sample)
    if not sample.pixels:
        raise DataError(f'none of the {len(paths)} frames of {split} has a labelled pixel')
    units = units_of(image_names(paths), dataset.metainfo.get(METAINFO_KEY))
    tail_ids = [classes.index(name) for name in tail.classes] if tail else []
    logits, labels, numbers = sample.take()
    with counted('fits', bars) as fitted:
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


def _check_checkpoint(
    config: Config, checkpoint: str, split: str, classes: tuple[str, ...]
) -> str | None:
    """Check that a checkpoint is of these classes, and return its SHA-256."""
    check_classes(checkpoint, classes)
    tested = split == 'train' and config.get('test_dataloader')
    check_preprocessing(checkpoint, config, 'test' if tested else 'val')
    # With the state of an optimizer it may be large.
    forget()
    return sha256_when_read(checkpoint)


def _run(model: Any, biased: BiasedModel, batches: Iterable, sample: PixelSample) -> list[str]:
    """Take pixels of every frame; gives the paths of the frames."""
    paths = []
    for batch in batches:
        data = model.data_preprocessor(batch, False)
        inputs, (frame,) = data['inputs'], data['data_samples']
        if 'gt_sem_seg' not in frame:
            raise DataError(f'{frame.img_path}: no label to fit on')
        try:
            sample.add(biased.logits(inputs, frame), frame.gt_sem_seg.data[0], biased.ignore_index)
        except ValueError as error:
            raise DataError(f'{frame.img_path}: {error}') from error
        paths.append(frame.img_path)
    return paths


def _tail(config: Config, classes: tuple[str, ...], shares: Any) -> Tail | None:
    """Choose the tail that the metric of the test reports."""
    evaluators = config.get('test_evaluator') or config.get('val_evaluator') or []
    for each in [evaluators] if isinstance(evaluators, dict) else evaluators:
        if type_name(each) == 'PerClassIoU':
            named = each.get('tail_classes')
            named = [named] if isinstance(named, str) else named
            return choose_tail(classes, named, each.get('tail_below', TAIL_BELOW), shares)
    return choose_tail(classes, train_shares=shares)
