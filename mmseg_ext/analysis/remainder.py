"""What dropping a class leaves of it, in a trained model with class suppression."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import Tensor

from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.decode_head import last_decode_head
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.debias.head import ClassSuppressionMixin, class_probabilities
from mmseg_ext.debias.selection import class_weights
from mmseg_ext.models.trained_model import trained_model
from mmseg_ext.reports.text_table import TextTable


@dataclass(frozen=True)
class Remainder:
    """How completely dropping each class removes it.

    Attributes:
        classes: The C class names.
        kept: Mean probability of each class with all classes kept, float64, shape (C,).
        dropped: Mean probability of each class while it is the one that is dropped: what
            the suppression term makes small, float64, shape (C,).
        own: Share of the selection of its channels that is the class's own, and goes
            with it, float64, shape (C,): 1 for channels that no other class selects.
    """

    classes: tuple[str, ...]
    kept: Tensor
    dropped: Tensor
    own: Tensor

    @property
    def left(self) -> Tensor:
        """Share of the probability that dropping leaves, shape (C,); NaN where there was none."""
        return self.dropped / self.kept


def measure_remainder(config: Config, checkpoint: str) -> Remainder:
    """Drop every class in turn on the images of the config's `test_dataloader`.

    The selection is normalised by the statistics of the image or window, as a training step that
    drops a class takes those of its batch.

    Raises:
        ConfigError: The model has no class suppression, the checkpoint is not of this model, or the
            config has no test set of its classes.
        DataError: A file of the data set is wrong.

    Source: our decision.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    require_parts(config, 'the analysis', 'model', 'test_dataloader')
    loader = Runner.build_dataloader(config.test_dataloader)
    check_preprocessing(checkpoint, config, 'test')
    model: Any = trained_model(config.model, checkpoint)
    head = last_decode_head(model)
    if not isinstance(head, ClassSuppressionMixin):
        raise ConfigError(
            f'{type(head).__name__} drops no class; the analysis needs a config with a '
            'ClassSuppressionHead'
        )
    classes = tuple(loader.dataset.metainfo['classes'])
    weights = class_weights(head.conv_seg)
    if len(weights) != len(classes):
        raise ConfigError(
            f'the model has {len(weights)} classes, but the test set has {len(classes)}'
        )
    features: list[Tensor] = []
    head.feature_selection.register_forward_pre_hook(
        lambda module, arguments: features.append(arguments[0])
    )
    sums, positions = torch.zeros(()), 0
    with torch.no_grad():
        for batch in loader:
            data = model.data_preprocessor(batch, False)
            for image, sample in zip(data['inputs'], data['data_samples'], strict=True):
                features.clear()
                model.inference(image[None], [sample.metainfo])
                for feature in features:
                    area = feature[0, 0].numel()
                    sums = sums + area * mean_probabilities(head, feature).cpu()
                    positions += area
        own = own_share(weights.double().cpu())
    kept, dropped = sums / positions
    return Remainder(classes, kept, dropped, own)


def mean_probabilities(head: ClassSuppressionMixin, feature: Tensor) -> Tensor:
    """Mean probability of each class over a feature.

    Args:
        head: The head, with C classes.
        feature: What enters its selection, shape (1, D, H, W).

    Returns:
        Tensor: With all classes kept, and of each class while it is dropped, float64, (2, C).
    """
    weights = class_weights(head.conv_seg)
    every_class = torch.eye(len(weights), device=weights.device)
    kept = _probabilities(head, feature, weights, torch.ones_like(every_class[0]))
    dropped = [
        _probabilities(head, feature, weights, 1 - one)[index]
        for index, one in enumerate(every_class)
    ]
    return torch.stack([kept, torch.stack(dropped)])


def _probabilities(
    head: ClassSuppressionMixin, feature: Tensor, weights: Tensor, keep: Tensor
) -> Tensor:
    selection = head.feature_selection
    mixed = F.conv2d(feature, selection.selective_weight(weights, keep))
    norm = selection.norm
    selected = F.batch_norm(
        mixed, None, None, norm.weight, norm.bias, training=True, eps=norm.eps
    ).relu()
    return class_probabilities(head.conv_seg(selected).double()).mean((0, 2, 3))


def own_share(weights: Tensor) -> Tensor:
    """Share of the selection of its channels that is each class's own.

    With r = ReLU(W), the mean over channels d of r_cd / sum of r_.d, weighted by r_cd.

    Args:
        weights: Weights of the classes, shape (C, D).

    Returns:
        Tensor: Shape (C,), from 1/C (all classes select alike) to 1; NaN of a class that selects
        nothing.
    """
    selected = weights.relu()
    shares = selected / selected.sum(0).clamp_min(torch.finfo(weights.dtype).tiny)
    return (selected * shares).sum(1) / selected.sum(1)


def remainder_table(remainder: Remainder) -> TextTable:
    """Draw what is left of each class, a row each."""
    table = TextTable(['class', 'kept', 'dropped', 'left', 'own channels'])
    columns = (remainder.kept, remainder.dropped, remainder.left, remainder.own)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for name, (kept, dropped, left, own) in zip(remainder.classes, rows, strict=True):
        table.add_row([name, f'{kept:.2%}', f'{dropped:.2%}', f'{left:.0%}', f'{own:.0%}'])
    return table
