"""An exported model that predicts images of one's own."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.export.description import CLASSES, Description
from mmseg_ext.export.segmentor import OnnxSegmentor
from mmseg_ext.export.session import OnnxSession
from mmseg_ext.prediction.model_predictor import ModelPredictor
from mmseg_ext.prediction.preparation import Preparation


class OnnxPredictor(ModelPredictor):
    """A file of `mmseg-debias export` that predicts images, from files or arrays.

    Images go through the test pipeline of the config that was exported, which the file tells, and
    windows, padding and sizes are those of the model: predictions are those of `Predictor`, as far
    as float32 goes. Neither the config nor the checkpoint has to be there.

    Args:
        path: The file.
        device: 'cpu', the default, or 'cuda', which needs the CUDA build of ONNX Runtime.

    Raises:
        ConfigError: ONNX Runtime is not installed, the file cannot be read or is not of
            `mmseg-debias export`, or its pipeline has transforms that are not there.
    """

    def __init__(self, path: str | Path, device: str | None = None) -> None:
        init_default_scope('mmseg')
        session = OnnxSession(path, device or 'cpu')
        told = session.described
        self.gives_logits = told.outputs != CLASSES
        super().__init__(
            OnnxSegmentor(session).eval(),
            _preparation(told, path),
            tuple(told.classes),
            np.array(told.palette, np.uint8).reshape(-1, 3),
            told.probability_scale,
            {'onnx': str(path), 'onnx_sha256': _sha256(path)},
        )


def _preparation(told: Description, path: str | Path) -> Preparation:
    dataset = dict(pipeline=_tuples(told.pipeline))
    try:
        return Preparation(Config(dict(test_dataloader=dict(dataset=dataset))))
    except KeyError as error:
        # mmengine's own, where a type is not registered.
        raise ConfigError(
            f'{path}: its pipeline has a transform that is not registered here ({error.args[0]}); '
            'predict with the config and the checkpoint'
        ) from error


def _tuples(value: Any) -> Any:
    """Return what was in JSON as in a config: sizes and ranges, lists of numbers, are tuples."""
    if isinstance(value, dict):
        return {name: _tuples(part) for name, part in value.items()}
    if isinstance(value, list):
        parts = [_tuples(part) for part in value]
        plain = parts and all(isinstance(part, (int, float)) for part in parts)
        return tuple(parts) if plain else parts
    return value


def _sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
