"""What an ONNX file tells of itself: the `metadata_props`, each a text in JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mmseg_ext.common.errors import ConfigError

IMAGE, TENSOR = INPUTS = ('image', 'tensor')
"""What a graph takes: an image as OpenCV reads it, or what the data preprocessor makes of it."""
BOTH, CLASSES, LOGITS, HEAD_LOGITS = OUTPUTS = ('both', 'classes', 'logits', 'head-logits')
"""What a graph gives."""


@dataclass(frozen=True)
class Description:
    """What a program has to know to use an exported model.

    Attributes:
        mmseg_debias_version: Who wrote it.
        opset: The version of ONNX's operators.
        model: The types of segmentor, backbone and head.
        checkpoint_sha256: Of the checkpoint whose weights these are.
        classes: Their names, in the order of the ids.
        palette: Their colours, RGB.
        input: One of `INPUTS`.
        input_format: Its dtype, layout and order of channels, such as 'uint8 NHWC BGR'.
        mean: What is subtracted, by channel of the network; None for nothing.
        std: What is divided by.
        network_channels: The order of channels behind the normalisation, 'RGB' or 'BGR'.
        normalization: 'inside' or 'outside' of the graph.
        size: Height and width that it takes, None where they are free.
        multiple: What free ones must be multiples of.
        outputs: One of `OUTPUTS`.
        align_corners: Of the resize of the logits.
        threshold: From which probability on the second class is decided, of a model with one logit
            for two classes; else None.
        calibrated: Whether the checkpoint was calibrated; the biases are in the graph.
        probability_scale: Factor of the logits before the softmax that gives probabilities.
        test_cfg: How images are cut into windows, mmseg's `test_cfg` of the model.
        data_preprocessor: mmseg's config of it.
        pipeline: The transforms that prepare an image file, mmseg's config of them.
    """

    mmseg_debias_version: str
    opset: int
    model: str
    checkpoint_sha256: str | None
    classes: list[str]
    palette: list[list[int]]
    input: str
    input_format: str
    mean: list[float] | None
    std: list[float] | None
    network_channels: str
    normalization: str
    size: list[int] | None
    multiple: int
    outputs: str
    align_corners: bool
    threshold: float | None
    calibrated: bool
    probability_scale: float
    test_cfg: dict[str, Any] = field(default_factory=dict)
    data_preprocessor: dict[str, Any] = field(default_factory=dict)
    pipeline: list[dict[str, Any]] = field(default_factory=list)

    def as_metadata(self) -> dict[str, str]:
        """Return a text in JSON for each attribute.

        Raises:
            ConfigError: The config has what JSON cannot hold.
        """
        texts = {}
        for name, value in asdict(self).items():
            try:
                texts[name] = json.dumps(value)
            except (TypeError, ValueError) as error:
                raise ConfigError(
                    f'{name} of the config cannot be written into the file ({error}): give types '
                    'by their registered names, and plain values'
                ) from None
        return texts

    @classmethod
    def of_metadata(cls, texts: Mapping[str, str], source: str) -> 'Description':
        """Read what :meth:`as_metadata` gives.

        Raises:
            ConfigError: Something is missing or no JSON.
        """
        names = [each.name for each in fields(cls)]
        missing = [name for name in names if name not in texts]
        if missing:
            raise ConfigError(
                f'{source} does not tell {", ".join(missing)}: it is not a model of '
                '`mmseg-debias export`, or of another version of it; export it anew'
            )
        try:
            return cls(**{name: json.loads(texts[name]) for name in names})
        except ValueError as error:
            raise ConfigError(f'{source}: its properties are damaged ({error})') from None
