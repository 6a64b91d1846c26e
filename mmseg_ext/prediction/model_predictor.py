"""Predicts prepared images with a model of mmseg, or what stands in for one."""

import contextlib
import warnings
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.class_ids import class_ids
from mmseg_ext.models.probabilities import class_probabilities
from mmseg_ext.prediction.prediction import Prediction
from mmseg_ext.prediction.preparation import Preparation, Prepared

NO_LOGITS = (
    'probabilities need logits, and this model gives classes alone: export it with --outputs both'
)


class ModelPredictor:
    """What predicts images, from files or arrays; see its subclasses for where the model is from.

    Args:
        model: A segmentor of mmseg in evaluation mode.
        preparation: Prepares images for it.
        names: The name of each class.
        palette: Their colours, uint8 (C, 3), RGB.
        scale: Factor of the logits from which probabilities are computed.
        made_by: What tells it from other models, plain values.

    Attributes:
        model: The segmentor.
        preparation: Prepares images for it.
        names: The name of each class.
        palette: Their colours, uint8 (C, 3), RGB.
        scale: Factor of the logits from which probabilities are computed.
        made_by: What tells it from other models.
        gives_logits: Whether the model gives logits, without which there are no probabilities.
    """

    gives_logits = True

    def __init__(
        self,
        model: Any,
        preparation: Preparation,
        names: tuple[str, ...],
        palette: np.ndarray,
        scale: float,
        made_by: Mapping[str, Any],
    ) -> None:
        self.model = model
        self.preparation = preparation
        self.names, self.palette = names, palette
        self.made_by = dict(made_by)
        self.scale = scale
        self._merging: Any = None

    def __call__(self, image: str | Path | np.ndarray) -> Prediction:
        """Predict one image.

        Args:
            image: Its file, or uint8 (H, W, 3), BGR, as OpenCV reads it. A file is turned as its
                EXIF orientation says, which is OpenCV's default too.

        Raises:
            DataError: The file cannot be read, or the pipeline fails on it.
        """
        if isinstance(image, (str, Path)):
            prepared = self.preparation.file(image)
        else:
            prepared = self.preparation.array(image)
        (prediction,) = self.predict([prepared])
        return prediction

    def predict(self, prepared: Sequence[Prepared]) -> list[Prediction]:
        """Predict images that are prepared; those in a row of the same size as one batch."""
        return [
            prediction
            for _, batch in groupby(prepared, _sizes)
            for prediction in self._predict(list(batch))
        ]

    @torch.no_grad()
    def _predict(self, batch: list[Prepared]) -> list[Prediction]:
        data = pseudo_collate([each.packed for each in batch])
        versions = [data] if self._merging is None else _versions(data)
        with self._precision():
            samples = list(zip(*map(self.model.test_step, versions), strict=True))
            # Merging changes the last of each.
            logits = [[each.get('seg_logits') for each in of] for of in samples]
            if self._merging is None:
                decided = [sample for (sample,) in samples]
            else:
                with warnings.catch_warnings():
                    # mmseg's merging gives maps without the channel that mmengine then adds.
                    warnings.filterwarnings('ignore', 'The shape of value will convert')
                    decided = self._merging.merge_preds(samples)
        return [
            self._prediction(sample, each.image, of)
            for sample, each, of in zip(decided, batch, logits, strict=True)
        ]

    def _prediction(self, sample: Any, image: np.ndarray, logits: list[Any]) -> Prediction:
        classes = class_ids(sample.pred_sem_seg.data).reshape(image.shape[:2])

        def probabilities() -> Tensor:
            if None in logits:
                raise ConfigError(NO_LOGITS)
            of_versions = [class_probabilities(each.data, self.scale) for each in logits]
            return torch.stack(of_versions).mean(0)

        return Prediction(classes.cpu().numpy(), image, self.names, self.palette, probabilities)

    def _precision(self) -> contextlib.AbstractContextManager:
        return contextlib.nullcontext()


def _versions(data: dict[str, list]) -> list[dict[str, list]]:
    """Split a batch of test-time augmentation into a batch of each version of the images."""
    number = len(data['inputs'])
    return [{key: values[version] for key, values in data.items()} for version in range(number)]


def _sizes(prepared: Prepared) -> tuple:
    """Return what has to be alike in a batch."""
    inputs = prepared.packed['inputs']
    versions = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    return (*(tuple(each.shape) for each in versions), prepared.image.shape)
