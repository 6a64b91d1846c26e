"""What an exported file is to tell of its model."""

from typing import Any

from mmseg.models.data_preprocessor import SegDataPreProcessor
from mmseg.models.segmentors import EncoderDecoder

from mmseg_ext.common.decode_head import last_decode_head
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.version import __version__
from mmseg_ext.export.description import CLASSES, IMAGE, Description
from mmseg_ext.export.write import OPSET
from mmseg_ext.prediction.exported.request import Export
from mmseg_ext.prediction.predictor import Predictor


def describe(request: Export, predictor: Predictor) -> Description:
    """Return what a file tells.

    Raises:
        ConfigError: What is asked for cannot decide as the model does, or the segmentor is of
            another kind.
    """
    model: Any = predictor.model
    if not isinstance(model, EncoderDecoder):
        raise ConfigError(
            f'a segmentor of type {type(model).__name__} cannot be exported, which takes an '
            'EncoderDecoder or a CascadeEncoderDecoder'
        )
    prepares: Any = model.data_preprocessor
    _check_windows(request, model)
    head = last_decode_head(model)
    normalizes = isinstance(prepares, SegDataPreProcessor) and prepares._enable_normalize
    reverses = isinstance(prepares, SegDataPreProcessor) and prepares._channel_conversion
    channels = 'RGB' if reverses else 'BGR'
    image = request.input == IMAGE
    return Description(
        mmseg_debias_version=__version__,
        opset=OPSET,
        model=', '.join(type(part).__name__ for part in (model, model.backbone, head)),
        checkpoint_sha256=predictor.sha256,
        classes=list(predictor.names),
        palette=predictor.palette.tolist(),
        input=request.input,
        input_format='uint8 NHWC BGR' if image else f'float32 NCHW {channels}',
        mean=prepares.mean.flatten().tolist() if normalizes else None,
        std=prepares.std.flatten().tolist() if normalizes else None,
        network_channels=channels,
        normalization='inside' if image else 'outside',
        size=None if request.size is None else list(request.size),
        multiple=request.multiple,
        outputs=request.outputs,
        align_corners=bool(model.align_corners),
        threshold=float(head.threshold) if model.out_channels == 1 else None,
        calibrated=predictor.calibrated,
        probability_scale=float(predictor.scale),
        test_cfg=dict(request.config.model.get('test_cfg') or {}),
        data_preprocessor=dict(request.config.model.get('data_preprocessor') or {}),
        pipeline=list(predictor.preparation.steps),
    )


def _check_windows(request: Export, model: Any) -> None:
    if model.test_cfg.get('mode') != 'slide':
        return
    if request.outputs == CLASSES:
        raise ConfigError(
            'the config predicts by sliding windows, whose logits are averaged where they overlap: '
            'a file that gives classes alone cannot decide as it does; export --outputs both, or '
            'with --cfg-options model.test_cfg.mode=whole'
        )
    if request.input == IMAGE and getattr(model.data_preprocessor, 'test_cfg', None):
        raise ConfigError(
            'the config pads images and then predicts by sliding windows, so the padding cannot '
            'be part of the graph, which sees a window: export with --input tensor'
        )
