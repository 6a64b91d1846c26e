"""A trained model that predicts images of one's own."""

import contextlib
import copy
import warnings
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor

from mmseg_ext.checkpoints.calibrated import calibration_of
from mmseg_ext.checkpoints.checkpoint import check_classes
from mmseg_ext.checkpoints.loaders import load_checked, sha256_when_read
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.config import load_config
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.class_ids import class_ids
from mmseg_ext.models.probabilities import class_probabilities
from mmseg_ext.models.trained_model import trained_model
from mmseg_ext.prediction.class_table import classes_of_test_set
from mmseg_ext.prediction.prediction import Prediction
from mmseg_ext.prediction.preparation import Preparation, Prepared


class Predictor:
    """A trained model that predicts images, from files or arrays.

    Images go through the test pipeline of the config, without labels; nothing of its data set has
    to be there. Any size is taken that the model takes.

    Example::

        from mmseg_ext import Predictor

        predictor = Predictor('my_config.py', 'work_dirs/my_config/iter_4.pth')
        prediction = predictor('photo.jpg')
        prediction.classes        # (H, W), int64
        prediction.probabilities  # (C, H, W), float32
        prediction.overlay()      # (H, W, 3), uint8, BGR

    Args:
        config: The file of a config, or the config.
        checkpoint: The model's checkpoint. Of a calibrated one the probabilities are, too.
        device: Where the model runs: 'cpu', 'cuda', 'cuda:1', …; by default a GPU if there is one.
        amp: Whether to predict in mixed precision: float16 on a GPU, bfloat16 on a CPU.
        tta: Whether to predict with test-time augmentation, as the config defines it.

    Attributes:
        names: The name of each class.
        palette: Their colours, uint8 (C, 3), RGB.
        preparation: Prepares images for the model.
        sha256: Of the checkpoint.

    Raises:
        ConfigError: The config cannot be read or lacks a part, the checkpoint is not of this model
            or of other classes, or there is no such device.
        CheckpointError: The checkpoint is truncated, altered or none.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str | None = None,
        amp: bool = False,
        tta: bool = False,
    ) -> None:
        config = config if isinstance(config, Config) else load_config(str(config))
        init_default_scope(config.get('default_scope', 'mmseg'))
        require_parts(config, 'prediction', 'model', 'test_dataloader')
        self.device = _device(device)
        self._amp = amp
        self.preparation = Preparation(config, tta)
        self.names, self.palette = classes_of_test_set(config)
        checkpoint = str(checkpoint)
        check_classes(checkpoint, self.names)
        check_preprocessing(checkpoint, config, 'test')
        self._scale = (calibration_of(load_checked(checkpoint)) or {}).get('scale') or 1.0
        self.sha256 = sha256_when_read(checkpoint)
        self._model: Any = trained_model(
            copy.deepcopy(config.model), checkpoint, device=str(self.device)
        )
        _check_outputs(self._model, self.names)
        self._merging: Any = None
        if tta:
            self._merging = MODELS.build({**config.tta_model, 'module': self._model})

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
            samples = list(zip(*map(self._model.test_step, versions), strict=True))
            # Merging changes the last of each.
            logits = [[each.seg_logits.data for each in of] for of in samples]
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

    def _prediction(self, sample: Any, image: np.ndarray, logits: list[Tensor]) -> Prediction:
        classes = class_ids(sample.pred_sem_seg.data).reshape(image.shape[:2])

        def probabilities() -> Tensor:
            of_versions = [class_probabilities(each, self._scale) for each in logits]
            return torch.stack(of_versions).mean(0)

        return Prediction(classes.cpu().numpy(), image, self.names, self.palette, probabilities)

    def _precision(self) -> contextlib.AbstractContextManager:
        if not self._amp:
            return contextlib.nullcontext()
        dtype = torch.float16 if self.device.type == 'cuda' else torch.bfloat16
        return torch.autocast(self.device.type, dtype=dtype)


def _versions(data: dict[str, list]) -> list[dict[str, list]]:
    """Split a batch of test-time augmentation into a batch of each version of the images."""
    number = len(data['inputs'])
    return [{key: values[version] for key, values in data.items()} for version in range(number)]


def _device(name: str | None) -> torch.device:
    """Return a device that is there.

    Raises:
        ConfigError: It is not.
    """
    try:
        device = torch.device(name or get_device())
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f'device {name!r}: cannot be used here ({reason})') from None
    return device


def _check_outputs(model: Any, names: Sequence[str]) -> None:
    """Check that a model has as many classes as its data set.

    Raises:
        ConfigError: It has not.
    """
    number = 2 if model.out_channels == 1 else model.out_channels
    if number != len(names):
        raise ConfigError(
            f'the model decides between {number} classes, and the test set of its config has '
            f'{len(names)}'
        )


def _sizes(prepared: Prepared) -> tuple:
    """Return what has to be alike in a batch."""
    inputs = prepared.packed['inputs']
    versions = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    return (*(tuple(each.shape) for each in versions), prepared.image.shape)
