"""A model whose logits are seen, and shifted by the bias of its last layer."""

import math
from typing import Any

import numpy as np
import torch
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.last_classifier import last_classifier

# Of logits of the order of ten, in float32, through up-sampling and the mean of windows.
_TOLERANCE = 1e-3


class BiasedModel:
    """Gives the logits that a model decides by, at the size of the labels.

    Every class gets one, also from a head with one logit z, which decides for the second class
    where sigmoid(z) is above its threshold t: there they are (log(t / (1 - t)), z), of which argmax
    decides alike.

    What is added to the bias of `conv_seg` is added to the logits, because all that follows
    (up-sampling, padding, the mean of windows) is linear and keeps constants; in a head with class
    suppression too, whose selection of channels follows from the weights and comes before. This is
    checked on the first image.

    Args:
        model: A segmentor of mmseg in evaluation mode.
        use: What it is for, for messages.

    Attributes:
        classes: The number of classes C.
        ignore_index: The label that the head was trained to ignore.

    Raises:
        ConfigError: Its last decode head does not end in `conv_seg`, that has no bias, or the
            threshold of its one logit is not between 0 and 1.
    """

    def __init__(self, model: nn.Module, use: str = 'calibration'):
        self._model: Any = model
        self._use = use
        self._head, self._layer = last_classifier(model, use)
        name = type(self._head).__name__
        if self._layer.bias is None:
            raise ConfigError(
                f'the last layer `conv_seg` of {name} has no bias, which {use} would change: '
                'train with one'
            )
        self._one_logit = self._layer.out_channels == 1
        self.classes = 2 if self._one_logit else self._layer.out_channels
        self.ignore_index: int = self._head.ignore_index
        if self._one_logit and not 0 < self._head.threshold < 1:
            raise ConfigError(
                f'{name} decides by threshold={self._head.threshold}, which no logit stands for: '
                'give a threshold between 0 and 1'
            )
        self._checked = False

    @property
    def bias_name(self) -> str:
        """The name of the bias among the parameters of the model."""
        return next(name for name, each in self._model.named_parameters() if each is self._bias)

    @property
    def threshold(self) -> float:
        """The logit that the threshold of a head with one logit stands for."""
        return math.log(self._head.threshold / (1 - self._head.threshold))

    def added(self, bias: np.ndarray) -> np.ndarray:
        """Return what to add to the bias of the layer to add ``bias``, (C,), to the logits."""
        return bias[1:] - bias[:1] if self._one_logit else bias

    @torch.no_grad()
    def logits(self, inputs: Tensor, sample: SegDataSample) -> Tensor:
        """Predict one image.

        Args:
            inputs: The preprocessed image, shape (1, 3, H, W).
            sample: Its meta information.

        Returns:
            Tensor: Shape (C, H', W'), of the original image's size.

        Raises:
            ConfigError: The logits do not follow the bias of `conv_seg`.
        """
        random_state = torch.get_rng_state()
        logits = self._model.inference(inputs, [sample.metainfo])
        if not self._checked:
            self._check(logits, inputs, sample, random_state)
        # Of two channels postprocess_result gives logits, of one probabilities.
        channels = logits.repeat(1, 2, 1, 1) if self._one_logit else logits
        (decoded,) = self._model.postprocess_result(channels, [sample.new()])
        result = decoded.seg_logits.data
        if self._one_logit:
            result[0] = self.threshold
        return result

    @property
    def _bias(self) -> Tensor:
        assert self._layer.bias is not None
        return self._layer.bias

    def _check(
        self, logits: Tensor, inputs: Tensor, sample: SegDataSample, random_state: Tensor
    ) -> None:
        before = self._bias.clone()
        shift = torch.linspace(-1, 2, len(before)).to(before)
        try:
            self._bias.add_(shift)
            # Some heads, as that of SegNeXt, draw what they begin with.
            with torch.random.fork_rng(devices=[]):
                torch.set_rng_state(random_state)
                shifted = self._model.inference(inputs, [sample.metainfo])
        finally:
            self._bias.copy_(before)
        expected = logits + shift[:, None, None]
        scale = max(1.0, float(logits.abs().max()))
        if shifted.shape != expected.shape or not torch.allclose(
            shifted, expected, rtol=0, atol=_TOLERANCE * scale
        ):
            raise ConfigError(
                f'the prediction of {type(self._head).__name__} is not what its `conv_seg` gives; '
                f'{self._use} needs a head that ends in `cls_seg`'
            )
        self._checked = True
