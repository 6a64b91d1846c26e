"""A trained model with what is put before and behind it, as one module to be exported."""

from typing import Any

import torch
import torch.nn.functional as F
from mmseg.models.data_preprocessor import SegDataPreProcessor
from torch import Tensor, nn

from mmseg_ext.common.contributions import EXPORTED_AS, TRAINING_ONLY
from mmseg_ext.common.decode_head import last_decode_head
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.export.description import CLASSES, HEAD_LOGITS, IMAGE, LOGITS

_MOST_IN_A_BYTE = 256


class ExportedGraph(nn.Module):
    """What the ONNX file computes.

    Args:
        model: An `EncoderDecoder` of mmseg in evaluation mode. It is changed: it loses what only
            training uses, and gets modules that can be exported for those that cannot.
        takes: 'image' or 'tensor'.
        gives: 'both', 'classes', 'logits' or 'head-logits'.

    Shape:
        - image: uint8 (N, H, W, 3), BGR; or tensor: float32 (N, channels, H, W)
        - classes: uint8, or int32 for more than 256 classes, (N, H, W)
        - logits: float32 (N, C, H, W); of the head, of the size that it gives

    Raises:
        ConfigError: An image is to be taken, and the model's data preprocessor is not mmseg's.

    Source: our decision.
    """

    def __init__(self, model: Any, takes: str, gives: str) -> None:
        super().__init__()
        prepares = model.data_preprocessor
        if takes == IMAGE and not isinstance(prepares, SegDataPreProcessor):
            raise ConfigError(
                f'the data preprocessor {type(prepares).__name__} is not one of mmseg, so what it '
                'does cannot be part of the graph: export with --input tensor'
            )
        for part in model.modules():
            for name in TRAINING_ONLY & set(part._modules):
                setattr(part, name, None)
        _replace(model)
        self.model = model
        self._takes, self._gives = takes, gives
        head = last_decode_head(model)
        self._threshold = head.threshold
        if gives == HEAD_LOGITS:
            head.predict_by_feat = lambda seg_logits, batch_img_metas: seg_logits

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Compute the outputs in the order of their names, see :func:`output_names`."""
        height, width = image.shape[1:3] if self._takes == IMAGE else image.shape[2:]
        inputs = self._prepared(image) if self._takes == IMAGE else image
        logits = self.model.encode_decode(inputs, [dict(img_shape=inputs.shape[2:])])
        if self._gives == HEAD_LOGITS:
            return (logits,)
        logits = logits[:, :, :height, :width]
        outputs = [] if self._gives == LOGITS else [self._decided(logits)]
        return tuple(outputs if self._gives == CLASSES else [*outputs, logits])

    def _prepared(self, image: Tensor) -> Tensor:
        """Do what the data preprocessor does, in its order."""
        prepares = self.model.data_preprocessor
        inputs = image.permute(0, 3, 1, 2)
        if prepares._channel_conversion:
            inputs = inputs[:, [2, 1, 0]]
        inputs = inputs.float()
        if prepares._enable_normalize:
            inputs = (inputs - prepares.mean) / prepares.std
        below, right = _padding(prepares.test_cfg or {}, *inputs.shape[2:])
        return F.pad(inputs, [0, right, 0, below], value=prepares.pad_val)

    def _decided(self, logits: Tensor) -> Tensor:
        if logits.shape[1] == 1:
            return (logits[:, 0].sigmoid() > self._threshold).to(torch.uint8)
        small = logits.shape[1] <= _MOST_IN_A_BYTE
        return logits.argmax(1).to(torch.uint8 if small else torch.int32)


def output_names(gives: str) -> list[str]:
    """Return the names of a graph's outputs."""
    if gives in (LOGITS, HEAD_LOGITS):
        return ['logits']
    return ['classes'] if gives == CLASSES else ['classes', 'logits']


def _padding(test_cfg: dict[str, Any], height: int, width: int) -> tuple[int, int]:
    """Return the rows below and the columns to the right that mmseg adds to an image."""
    if test_cfg.get('size') is not None:
        rows, columns = test_cfg['size']
        return torch.sym_max(rows - height, 0), torch.sym_max(columns - width, 0)
    divisor = test_cfg.get('size_divisor') or 1
    return (-height) % divisor, (-width) % divisor


def _replace(part: nn.Module) -> None:
    for name, child in part.named_children():
        if type(child) in EXPORTED_AS:
            setattr(part, name, EXPORTED_AS[type(child)](child))
        else:
            _replace(child)
