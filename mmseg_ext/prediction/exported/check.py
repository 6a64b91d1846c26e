"""Runs a model and the file that was made of it on the same images."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate

from mmseg_ext.common.errors import DataError, UserError
from mmseg_ext.common.machine_faults import machine_fault
from mmseg_ext.export.parity import Parity, parity
from mmseg_ext.export.segmentor import OnnxSegmentor
from mmseg_ext.export.session import OnnxSession, first_line
from mmseg_ext.models.class_ids import class_ids


@torch.no_grad()
def compare(model: Any, images: list[dict[str, Any]], logits: Path, classes: Path) -> Parity:
    """Compare a model with a file.

    The reference is mmseg's own way from a packed image to logits and classes.

    Args:
        model: The `EncoderDecoder` that was exported.
        images: Packed samples of sizes that the file takes.
        logits: The file that gives logits.
        classes: The file that gives classes: the same, or the same graph without the logits.

    Raises:
        DataError: The model or the file fails on one.
    """
    of_logits, of_classes = OnnxSession(logits), OnnxSession(classes)
    pairs = []
    for packed in images:
        try:
            pairs.append(_pair(model, packed, of_logits, of_classes))
        except Exception as error:
            if isinstance(error, UserError) or machine_fault(error) is not None:
                raise
            height, width = packed['inputs'].shape[1:]
            raise DataError(
                f'model and file cannot be compared on {width}x{height} pixels '
                f'({first_line(error)}): give --multiple or --size where the model takes some '
                'sizes alone'
            ) from error
    return parity(pairs)


def _pair(
    model: Any, packed: dict[str, Any], of_logits: OnnxSession, of_classes: OnnxSession
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    height, width = packed['inputs'].shape[1:]
    found, ids = [], []
    for each in (model, OnnxSegmentor(of_logits)):
        inputs = each.data_preprocessor(pseudo_collate([packed]), False)['inputs']
        logits = each.encode_decode(inputs, [dict(img_shape=inputs.shape[2:])])
        logits = logits[:, :, :height, :width]
        (decided,) = each.postprocess_result(logits)
        found.append(logits[0].numpy())
        ids.append(class_ids(decided.pred_sem_seg.data[0]).numpy())
    if 'classes' in of_classes.outputs:
        segmentor = OnnxSegmentor(of_classes)
        inputs = segmentor.data_preprocessor(pseudo_collate([packed]), False)['inputs']
        ids[1] = of_classes.run(segmentor.array(inputs), 'classes')[0][0, :height, :width]
    return found[0], found[1], ids[0], ids[1]
