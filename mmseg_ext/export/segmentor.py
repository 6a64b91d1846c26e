"""An exported model as a segmentor of mmseg: windows, padding and sizes are mmseg's own."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models.segmentors import EncoderDecoder
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.models.utils import resize
from mmseg.utils import SampleList
from torch import Tensor

from mmseg_ext.export.description import CLASSES, HEAD_LOGITS, IMAGE
from mmseg_ext.export.session import OnnxSession


class OnnxSegmentor(EncoderDecoder):
    """Predicts as the model that was exported.

    Args:
        session: The file.
    """

    def __init__(self, session: OnnxSession) -> None:
        told = session.described
        prepares: dict[str, Any] = dict(type='SegDataPreProcessor')
        if told.input != IMAGE:
            prepares = told.data_preprocessor
        # Not that of EncoderDecoder, which builds a backbone and a head.
        BaseSegmentor.__init__(self, ConfigDict(prepares))
        self._session = session
        self.test_cfg = ConfigDict({'mode': 'whole', **told.test_cfg})
        self.align_corners = told.align_corners
        self.out_channels = len(told.classes) if told.threshold is None else 1
        self.decode_head: Any = SimpleNamespace(threshold=told.threshold)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Return logits (N, C, H, W) of what the data preprocessor gives, (N, channels, H, W)."""
        (array,) = self._session.run(self.array(inputs), 'logits')
        logits = torch.from_numpy(array)
        if self._session.described.outputs == HEAD_LOGITS:
            return resize(logits, inputs.shape[2:], None, 'bilinear', self.align_corners, False)
        return logits

    def predict(self, inputs: Tensor, data_samples: SampleList | None = None) -> SampleList:
        """Predict; of a file without logits the samples have the classes alone.

        Raises:
            ValueError: Such a file is given an image of another size than it had before it was
                prepared, so that logits would have to be resized; or the file does not take the
                size.
        """
        if self._session.described.outputs != CLASSES:
            return super().predict(inputs, data_samples)
        assert data_samples is not None
        (classes,) = self._session.run(self.array(inputs), 'classes')
        for sample, ids in zip(data_samples, classes, strict=True):
            if ids.shape != tuple(sample.ori_shape):
                height, width = sample.ori_shape
                raise ValueError(
                    f'the test pipeline resizes {width}x{height} to {ids.shape[1]}x{ids.shape[0]} '
                    'pixels, and to give classes at the size of the image, logits are resized '
                    'back, which this file does not give: export it with --outputs both'
                )
            sample.pred_sem_seg = PixelData(data=torch.from_numpy(ids[None].astype(np.int64)))
        return data_samples

    def array(self, inputs: Tensor) -> np.ndarray:
        """Return what the file takes of what the data preprocessor gives."""
        if self._session.described.input == IMAGE:
            return inputs.permute(0, 2, 3, 1).to(torch.uint8).numpy()
        return inputs.numpy()
