"""The features that the last layer of a model classifies, at the size of the labels."""

from typing import Any

import numpy as np
import torch
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.refit import Classifier
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.last_classifier import last_classifier

_USE = 'refit'
# Values of features at once at the size of the labels: 256 MB in float32.
_MOST_VALUES = 2**26
# Of features and logits of the order of ten, in float32, through up-sampling and windows.
_TOLERANCE = 1e-3


class FrozenFeatures:
    """Gives what enters `conv_seg`, as far as the prediction follows from it.

    What follows `conv_seg` (up-sampling, padding, the mean of windows) is linear, so that it may
    come before: the logits are W a + b of the features a that are up-sampled. It is checked on the
    first image that they are, and that the features do not depend on W, as those of class
    suppression do, whose selection of channels follows from the weights.

    Args:
        model: A segmentor of mmseg in evaluation mode.

    Attributes:
        classes: The number of classes C.
        channels: The number of features D.
        ignore_index: The label that the head was trained to ignore.

    Raises:
        ConfigError: As of :class:`~mmseg_ext.calibration.driver.biased_model.BiasedModel`, or
            `conv_seg` has groups.
    """

    def __init__(self, model: nn.Module):
        self._model: Any = model
        self._biased = BiasedModel(model, _USE)
        head, self._layer = last_classifier(model, _USE)
        self._name = type(head).__name__
        if self._layer.groups != 1:
            raise ConfigError(
                f'`conv_seg` of {self._name} has {self._layer.groups} groups: {_USE} needs one '
                'that gives each class every channel'
            )
        self.classes = self._biased.classes
        self.ignore_index = self._biased.ignore_index
        self.channels = self._layer.in_channels
        self._checked = False

    @property
    def names(self) -> tuple[str, str]:
        """The names of the weight and of the bias among the parameters of the model."""
        bias = self._biased.bias_name
        return bias.removesuffix('bias') + 'weight', bias

    @property
    def classifier(self) -> Classifier:
        """The classifier that the model has, of all classes: one logit z is (t, z), t constant."""
        weight, bias = self._layer.weight.detach(), self._layer.bias
        assert bias is not None
        of_logits = Classifier(
            weight.flatten(1).double().cpu().numpy(), bias.detach().double().cpu().numpy()
        )
        if self._layer.out_channels > 1:
            return of_logits
        return Classifier(
            np.concatenate([np.zeros_like(of_logits.weight), of_logits.weight]),
            np.concatenate([[self._biased.threshold], of_logits.bias]),
        )

    def added(self, bias: np.ndarray) -> np.ndarray:
        """Return what to add to the bias of the layer to add ``bias``, (C,), to the logits."""
        return self._biased.added(bias)

    def folded(self, classifier: Classifier) -> Classifier:
        """Return what the layer has to hold to decide as a classifier of all classes does."""
        if self._layer.out_channels > 1:
            return classifier
        weight, bias = (values[1:] - values[:1] for values in classifier)
        return Classifier(weight, bias + self._biased.threshold)

    @torch.no_grad()
    def at(self, inputs: Tensor, sample: SegDataSample, pixels: np.ndarray) -> np.ndarray:
        """Return the features of pixels of one image.

        Args:
            inputs: The preprocessed image, shape (1, 3, H, W).
            sample: Its meta information.
            pixels: Places in the flattened original image, whole numbers, shape (N,).

        Returns:
            np.ndarray: float32, shape (N, D).

        Raises:
            ConfigError: The prediction is not `conv_seg` of its input, or that depends on
                `conv_seg`.
        """
        features = self._features(inputs, sample, pixels)
        if not self._checked:
            self._check(features, inputs, sample, pixels)
            self._checked = True
        return features

    def _features(self, inputs: Tensor, sample: SegDataSample, pixels: np.ndarray) -> np.ndarray:
        height, width = sample.ori_shape
        step = max(1, _MOST_VALUES // (height * width))
        where = torch.from_numpy(pixels).to(inputs.device)
        parts = [
            self._through(inputs, sample, slice(begin, begin + step)).flatten(1)[:, where]
            for begin in range(0, self.channels, step)
        ]
        return torch.cat(parts).T.float().cpu().numpy()

    def _through(self, inputs: Tensor, sample: SegDataSample, channels: slice) -> Tensor:
        """Let channels take the way of the logits; gives them at the size of the labels."""
        before = self._model.out_channels
        hook = self._layer.register_forward_hook(lambda _, given, __: given[0][:, channels])
        try:
            # Windows are merged in a map of so many channels.
            self._model.out_channels = len(range(*channels.indices(self.channels)))
            values = self._model.inference(inputs, [sample.metainfo])
        finally:
            hook.remove()
            self._model.out_channels = before
        # Of one channel postprocess_result gives probabilities.
        several = values if values.shape[1] > 1 else values.repeat(1, 2, 1, 1)
        (result,) = self._model.postprocess_result(several, [sample.new()])
        return result.seg_logits.data[: values.shape[1]]

    def _check(
        self, features: np.ndarray, inputs: Tensor, sample: SegDataSample, pixels: np.ndarray
    ) -> None:
        weight = self._layer.weight
        logits = self._biased.logits(inputs, sample).flatten(1).T.cpu().numpy()[pixels]
        trained = self.classifier
        given = features @ trained.weight.T + trained.bias
        if not _alike(given, logits):
            raise ConfigError(
                f'the prediction of {self._name} is not what its `conv_seg` gives of its input; '
                f'{_USE} needs a head that ends in `cls_seg`'
            )
        kept = weight.clone()
        random = torch.randn(weight.shape, generator=torch.Generator().manual_seed(0))
        try:
            weight.copy_(random.to(weight) * kept.std())
            others = self._features(inputs, sample, pixels)
        finally:
            weight.copy_(kept)
        if not _alike(others, features):
            raise ConfigError(
                f'the features of {self._name} depend on the weights of its `conv_seg`, as those '
                'of class suppression do, which selects channels by them: with other weights they '
                f'are other features, so that no {_USE} is possible; `calibrate` works'
            )


def _alike(first: np.ndarray, second: np.ndarray) -> bool:
    scale = max(1.0, float(np.abs(second).max(initial=0)))
    return first.shape == second.shape and np.allclose(
        first, second, rtol=0, atol=_TOLERANCE * scale
    )
