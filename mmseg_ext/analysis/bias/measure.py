"""Runs a model over its test set for the analysis of its bias."""

import copy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import track
from torch import Tensor

from mmseg_ext.analysis.bias.counts import BiasCounts
from mmseg_ext.analysis.bias.dependence import counts_beside
from mmseg_ext.analysis.bias.pixel_sample import PixelSample
from mmseg_ext.checkpoints.checkpoint import check_classes
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.drives import METAINFO_KEY
from mmseg_ext.evaluation.image_counts import image_names
from mmseg_ext.models.classifier_replay import ClassifierReplay
from mmseg_ext.models.device_confusion import count_confusion
from mmseg_ext.models.trained_model import trained_model

Suppress = Callable[[np.ndarray], np.ndarray]


def count_bias(
    config: Config, checkpoint: str, suppress: Suppress, shift_split: str | None = None
) -> BiasCounts:
    """Count everything that the analysis of one model needs.

    The encoder runs once an image, the last classifier once for each class besides.

    Args:
        config: The config; its `test_dataloader` is what the model is measured on.
        checkpoint: The model's checkpoint.
        suppress: One of :data:`~mmseg_ext.analysis.bias.suppressed_weights.SUPPRESSIONS`.
        shift_split: The split of the same data set whose context is another.

    Raises:
        ConfigError: The checkpoint is not of this model, its head does not end in `conv_seg`, or
            the data set has other classes or no such split.
        DataError: A file of the data set is wrong or has no labels.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    require_parts(config, 'the analysis', 'model', 'test_dataloader')
    # A mistake in the data shows before the model has run for minutes.
    loader = _loader(config)
    shifted_loader = _loader(_with_split(config, shift_split)) if shift_split else None
    classes = tuple(loader.dataset.metainfo['classes'])
    check_classes(checkpoint, classes)
    check_preprocessing(checkpoint, config, 'test')
    model = trained_model(config.model, checkpoint)
    walk = _Walk(model)
    weight = walk.replay.weight
    if len(weight) != len(classes):
        raise ConfigError(
            f'the model gives {len(weight)} logits, but the test set has {len(classes)} classes'
        )
    others = torch.from_numpy(suppress(weight.cpu().double().numpy()))

    paths: list[str] = []
    matrices, plain, suppressed = [], [], []
    moments = _Moments()
    pixels = PixelSample(len(classes), len(loader.dataset))
    latents, latent_classes = [], []
    for inputs, sample, label in walk.images(loader, 'classes suppressed in turn'):
        pred, features = walk.replay.predict(inputs, sample)
        moments.add(features)
        places, of_class = pixels.draw(walk.labelled(label))
        of_pixels = walk.replay.feature_of(
            features, torch.from_numpy(places).to(inputs.device), inputs, sample
        )
        latents.append(of_pixels.float().cpu().numpy())
        latent_classes.append(of_class)
        matrix = walk.count(pred, label, sample)
        again = [walk.replay.replay(features, other, inputs, sample) for other in others]
        changed = np.stack([walk.count(ids, label, sample) for ids in again])
        paths.append(sample.img_path)
        matrices.append(matrix)
        plain.append(counts_beside(np.broadcast_to(matrix, changed.shape)))
        suppressed.append(counts_beside(changed))
    shifted, shifted_paths = [], []
    if shifted_loader is not None:
        for inputs, sample, label in walk.images(shifted_loader, str(shift_split)):
            shifted.append(walk.count(walk.replay.predict(inputs, sample)[0], label, sample))
            shifted_paths.append(sample.img_path)
    return BiasCounts(
        name=Path(config.filename).stem,
        classes=classes,
        images=image_names(paths),
        matrices=np.stack(matrices),
        plain=np.stack(plain),
        suppressed=np.stack(suppressed),
        weight=weight.cpu().double().numpy(),
        deviation=moments.deviation,
        latents=np.concatenate(latents),
        latent_classes=np.concatenate(latent_classes),
        shifted=np.stack(shifted) if shifted_loader is not None else None,
        shifted_images=image_names(shifted_paths),
        drive_pattern=loader.dataset.metainfo.get(METAINFO_KEY),
    )


class _Walk:
    """Takes a model through the images of a data set one by one."""

    def __init__(self, model: Any):
        self.replay = ClassifierReplay(model)
        self._model = model

    def images(self, loader: Any, title: str) -> Iterator[tuple[Tensor, Any, Tensor]]:
        """Yield the preprocessed image (1, 3, H, W), its sample and its label (H', W')."""
        console = Console(stderr=True)
        batches = track(loader, title, console=console, disable=not sys.stderr.isatty(),
                        transient=True)  # fmt: skip
        for batch in batches:
            data = self._model.data_preprocessor(batch, False)
            for inputs, sample in zip(data['inputs'], data['data_samples'], strict=True):
                if 'gt_sem_seg' not in sample:
                    raise DataError(
                        f'{sample.img_path}: no label to compare with; analyse a data set whose '
                        'pipeline loads labels'
                    )
                yield inputs[None], sample, sample.gt_sem_seg.data[0]

    def labelled(self, label: Tensor) -> np.ndarray:
        """Return the label with C in place of what is ignored, (H', W')."""
        classes = len(self.replay.weight)
        return label.masked_fill(label == self.replay.ignore_index, classes).cpu().numpy()

    def count(self, pred: Tensor, label: Tensor, sample: Any) -> np.ndarray:
        """Count one prediction, int64 (C, C)."""
        classes = len(self.replay.weight)
        try:
            matrix = count_confusion(pred, label, classes, self.replay.ignore_index)
        except ValueError as error:
            raise DataError(f'{sample.img_path}: {error}') from error
        return matrix.cpu().numpy()


class _Moments:
    """Running sums of every channel, in float64."""

    def __init__(self) -> None:
        self._positions = 0
        self._sums: Any = 0
        self._squares: Any = 0

    def add(self, features: list[Tensor]) -> None:
        """Add the features (1, D, h, w) of an image."""
        for feature in features:
            values = feature.double()
            self._positions += feature[0, 0].numel()
            self._sums = self._sums + values.sum((0, 2, 3))
            self._squares = self._squares + values.square().sum((0, 2, 3))

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation over all positions, shape (D,)."""
        mean = self._sums / self._positions
        variance = self._squares / self._positions - mean.square()
        return variance.clamp_min(0).sqrt().cpu().numpy()


def _loader(config: Config) -> Any:
    return Runner.build_dataloader(config.test_dataloader)


def _with_split(config: Config, split: str) -> Config:
    changed = copy.deepcopy(config)
    dataset = changed.test_dataloader.dataset
    if 'split' not in dataset:
        raise ConfigError(
            f'--shift-split {split}: the test data set {dataset.type} is not chosen by a split'
        )
    dataset.split = split
    return changed
