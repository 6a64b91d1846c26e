"""A trained model that predicts images of one's own."""

import contextlib
import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_ext.checkpoints.calibrated import calibration_of
from mmseg_ext.checkpoints.checkpoint import check_classes
from mmseg_ext.checkpoints.loaders import load_checked, sha256_when_read
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.config import load_config
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.trained_model import trained_model
from mmseg_ext.prediction.class_table import classes_of_test_set
from mmseg_ext.prediction.model_predictor import ModelPredictor
from mmseg_ext.prediction.preparation import Preparation
from mmseg_ext.prediction.record import digest


class Predictor(ModelPredictor):
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
        model: The model.
        device: Where it runs.
        sha256: Of the checkpoint.
        calibrated: Whether the checkpoint was calibrated.

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
        preparation = Preparation(config, tta)
        names, palette = classes_of_test_set(config)
        checkpoint = str(checkpoint)
        check_classes(checkpoint, names)
        check_preprocessing(checkpoint, config, 'test')
        calibration = calibration_of(load_checked(checkpoint))
        self.calibrated = calibration is not None
        self.sha256 = sha256_when_read(checkpoint)
        model: Any = trained_model(copy.deepcopy(config.model), checkpoint, device=str(self.device))
        _check_outputs(model, names)
        made_by = {
            'config': str(config.filename),
            'checkpoint': checkpoint,
            'checkpoint_sha256': self.sha256,
            'model_sha256': digest(config.model, preparation.steps),
            'tta': tta,
            'amp': amp,
        }
        scale = (calibration or {}).get('scale') or 1.0
        super().__init__(model, preparation, names, palette, scale, made_by)
        if tta:
            self._merging = MODELS.build({**config.tta_model, 'module': model})

    def _precision(self) -> contextlib.AbstractContextManager:
        if not self._amp:
            return contextlib.nullcontext()
        dtype = torch.float16 if self.device.type == 'cuda' else torch.bfloat16
        return torch.autocast(self.device.type, dtype=dtype)


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
