"""The 1x1 convolution that gives a model's logits."""

from typing import Any

from mmseg.models.segmentors import EncoderDecoder
from torch import nn

from mmseg_ext.common.decode_head import last_decode_head
from mmseg_ext.common.errors import ConfigError


def last_classifier(model: nn.Module, use: str) -> tuple[Any, nn.Conv2d]:
    """Return the decode head that predicts, the last of a cascade, and its `conv_seg`.

    Args:
        model: A segmentor of mmseg.
        use: What it is for, for the message.

    Raises:
        ConfigError: It is no `EncoderDecoder`, or its last decode head has no such layer.
    """
    if not isinstance(model, EncoderDecoder):
        raise ConfigError(
            f'a segmentor of type {type(model).__name__} does not classify by a decode head; '
            f'{use} needs an EncoderDecoder or a CascadeEncoderDecoder'
        )
    head = last_decode_head(model)
    classifier = getattr(head, 'conv_seg', None)
    if not isinstance(classifier, nn.Conv2d) or classifier.kernel_size != (1, 1):
        raise ConfigError(
            f'{use} needs a decode head whose last layer is the 1x1 convolution `conv_seg`; '
            f'that of {type(head).__name__} is {classifier}'
        )
    return head, classifier
