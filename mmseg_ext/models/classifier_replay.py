"""Runs a segmentor once an image, and its last 1x1 classifier as often as asked."""

import copy
from typing import Any, cast

import torch
import torch.nn.functional as F
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.last_classifier import last_classifier


class ClassifierReplay:
    """The feature that a model classifies, and what other classifiers would make of it.

    The feature is what enters `conv_seg`, the 1x1 convolution that gives the logits, of the last
    decode head: in a head with class suppression too, whose selection comes before it. It is
    recorded by a hook while the model predicts as it always does, whole or by sliding windows, and
    a replay repeats that prediction from the recorded features on: up-sampling, merging of the
    windows, padding and resizing are mmseg's own.

    Args:
        model: A segmentor of mmseg in evaluation mode.

    Attributes:
        classifier: `conv_seg` of the last decode head.
        ignore_index: The label that the head was trained to ignore.

    Raises:
        ConfigError: If its last decode head has no `conv_seg`, or only one logit.
    """

    def __init__(self, model: nn.Module):
        self._head, classifier = last_classifier(model, 'the analysis')
        if classifier.out_channels == 1:
            raise ConfigError(
                f'{type(self._head).__name__} has one logit for two classes; the analysis compares '
                'the logits of classes: train with out_channels=2'
            )
        self.classifier = classifier
        self.ignore_index: int = self._head.ignore_index
        self._model: Any = model
        # A shallow copy: the same layers, but it encodes and decodes from the record.
        self._again = cast(Any, copy.copy(model))
        self._again.encode_decode = self._classify_again
        self._checked = False

    @property
    def weight(self) -> Tensor:
        """Weights of the classifier, shape (C, D)."""
        return self.classifier.weight.detach().flatten(1)

    @torch.no_grad()
    def predict(self, inputs: Tensor, sample: SegDataSample) -> tuple[Tensor, list[Tensor]]:
        """Predict one image and record its features.

        Args:
            inputs: The preprocessed image, shape (1, 3, H, W).
            sample: Its meta information.

        Returns:
            tuple[Tensor, list[Tensor]]: Class ids, int64, of the original image's size (H', W');
            and the features, (1, D, h, w), one for the image or for each window.

        Raises:
            ConfigError: If the prediction does not follow from what `conv_seg` gives.
        """
        features: list[Tensor] = []
        hook = self.classifier.register_forward_pre_hook(
            lambda module, arguments: features.append(arguments[0])
        )
        try:
            logits = self._model.inference(inputs, [sample.metainfo])
        finally:
            hook.remove()
        if not self._checked:
            self._check(logits, features, inputs, sample)
        return self._ids(logits, sample), features

    @torch.no_grad()
    def replay(
        self, features: list[Tensor], weight: Tensor, inputs: Tensor, sample: SegDataSample
    ) -> Tensor:
        """Predict the same image again by other weights of the classifier; its bias stays.

        Args:
            features: What :meth:`predict` recorded.
            weight: Weights of the classifier, shape (C, D).
            inputs: As in :meth:`predict`; only its size matters.
            sample: As in :meth:`predict`.

        Returns:
            Tensor: Class ids, int64, shape (H', W').
        """
        return self._ids(self._logits(features, weight, inputs, sample), sample)

    @torch.no_grad()
    def feature_of(
        self, features: list[Tensor], pixels: Tensor, inputs: Tensor, sample: SegDataSample
    ) -> Tensor:
        """Return what is classified at pixels of the original image.

        Resizing and merging of windows are linear, as the classifier is, so that the class of a
        pixel follows from the feature resized and merged. Some channels at a time go the way of the
        logits.

        Args:
            features: What :meth:`predict` recorded.
            pixels: Places in the flattened image, int64, (n,).
            inputs: As in :meth:`predict`; only its size matters.
            sample: As in :meth:`predict`.

        Returns:
            Tensor: (n, D), each channel up to a constant, which is the bias of a class.
        """
        classes, channels = self.weight.shape
        found = []
        for first in range(0, channels, classes):
            select = torch.eye(channels)[first : first + classes]
            rows = F.pad(select, (0, 0, 0, classes - len(select)))
            resized = self._logits(features, rows, inputs, sample)
            (decoded,) = self._model.postprocess_result(resized, [sample.new()])
            found.append(decoded.seg_logits.data.flatten(1)[: len(select), pixels].T)
        return torch.cat(found, dim=1)

    def _logits(
        self, features: list[Tensor], weight: Tensor, inputs: Tensor, sample: SegDataSample
    ) -> Tensor:
        kernel = weight.to(self.classifier.weight)[:, :, None, None]
        self._record = iter(
            [F.conv2d(feature, kernel, self.classifier.bias) for feature in features]
        )
        return self._again.inference(inputs, [sample.metainfo])

    def _classify_again(self, inputs: Tensor, metas: list[dict]) -> Tensor:
        return self._head.predict_by_feat(next(self._record), metas)

    def _ids(self, logits: Tensor, sample: SegDataSample) -> Tensor:
        (decoded,) = self._model.postprocess_result(logits, [sample.new()])
        return decoded.pred_sem_seg.data[0]

    def _check(
        self, logits: Tensor, features: list[Tensor], inputs: Tensor, sample: SegDataSample
    ) -> None:
        try:
            again = self._logits(features, self.weight, inputs, sample)
        except StopIteration:
            again = None
        if again is None or not torch.equal(again, logits):
            raise ConfigError(
                f'the prediction of {type(self._head).__name__} is not what its `conv_seg` gives; '
                'the analysis needs a head that ends in `cls_seg`'
            )
        self._checked = True
