"""What a checkpoint predicts for a packed sample: classes, and the targets of auxiliary heads."""

from typing import Any

import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.dataset import pseudo_collate
from mmseg.models.utils import resize
from torch import nn

from mmseg_ext.models.class_ids import class_ids
from mmseg_ext.models.trained_model import trained_model


class MapPredictor:
    """A trained model that also shows the maps its auxiliary heads were trained on.

    Auxiliary heads with a `target_key` and a `predict_map` are run; others are left out.

    Args:
        model: The model's config; pre-trained weights that it names are not loaded.
        checkpoint: Its checkpoint, which must hold the auxiliary heads too.

    Raises:
        ConfigError: The checkpoint is missing or is not of this model.
    """

    def __init__(self, model: ConfigDict, checkpoint: str):
        self._model: Any = trained_model(model, checkpoint, with_auxiliary_heads=True)
        heads: Any = self._model.auxiliary_head if self._model.with_auxiliary_head else []
        heads = heads if isinstance(heads, nn.ModuleList) else [heads]
        self._heads: list[Any] = [head for head in heads if hasattr(head, 'predict_map')]

    @torch.no_grad()
    def predict(self, packed: dict[str, Any]) -> dict[str, list[np.ndarray]]:
        """Predict one packed sample.

        Returns:
            Maps (H, W) of the sample's image size, by the key of what they predict: `gt_seg_map`
            (int64), and of every auxiliary head its `target_key`, in the terms of that target.
        """
        data = self._model.data_preprocessor(pseudo_collate([packed]), False)
        inputs, (sample,) = data['inputs'], data['data_samples']
        logits = self._model.encode_decode(inputs, [sample.metainfo])
        (decoded,) = self._model.postprocess_result(logits)
        maps = {'gt_seg_map': [class_ids(decoded.pred_sem_seg.data[0])]}
        features = self._model.extract_feat(inputs)
        for head in self._heads:
            logits = resize(
                head(features), inputs.shape[-2:], mode='bilinear', align_corners=head.align_corners
            )
            maps.setdefault(head.target_key, []).append(head.predict_map(logits)[0])
        height, width = sample.img_shape
        return {
            key: [array[:height, :width].cpu().numpy() for array in arrays]
            for key, arrays in maps.items()
        }
