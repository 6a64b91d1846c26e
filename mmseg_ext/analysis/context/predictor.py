"""What a model predicts for images that lie in no file."""

import copy
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmseg_ext.checkpoints.checkpoint import check_classes
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.config_parts import type_name, with_pipelines
from mmseg_ext.models.class_ids import class_ids
from mmseg_ext.models.trained_model import trained_model

_LOADERS = {'LoadImageFromFile', 'LoadAnnotations', 'LoadCheckedLabels', 'LoadInstanceMap'}


class ArrayPredictor:
    """A trained model behind the test pipeline of its config, without the loading of files.

    Args:
        config: The config.
        checkpoint: The model's checkpoint.
        classes: The classes of the data set.

    Raises:
        ConfigError: The checkpoint is not of this model, or of other classes.
    """

    def __init__(self, config: Config, checkpoint: str, classes: tuple[str, ...]) -> None:
        check_classes(checkpoint, classes)
        check_preprocessing(checkpoint, config, 'test')
        (dataset,) = with_pipelines(config.test_dataloader.dataset)
        steps = [step for step in dataset.pipeline if type_name(step) not in _LOADERS]
        self._pipeline = Compose(copy.deepcopy(steps))
        self._model: Any = trained_model(config.model, checkpoint)

    @torch.no_grad()
    def predict(self, image: np.ndarray) -> np.ndarray:
        """Predict the classes of an image.

        Args:
            image: uint8 (H, W, 3), BGR.

        Returns:
            Class ids, int64 (H, W).
        """
        shape = image.shape[:2]
        sample = dict(img=image, img_shape=shape, ori_shape=shape, img_path='', seg_fields=[])
        (result,) = self._model.test_step(pseudo_collate([self._pipeline(sample)]))
        return class_ids(result.pred_sem_seg.data[0]).cpu().numpy()
