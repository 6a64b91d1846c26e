"""Photometric corruption of an image: what a model meets in another camera, light or weather.

Kinds of Hendrycks and Dietterich, ICLR 2019, arXiv 1903.12261, in five severities; the strengths
are our decision.
"""

import os
import random
import zlib
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError, PipelineError, nearest

_LOADER = 'LoadImageFromFile'
_SEVERITIES = range(1, 6)
# What each kind does at severities 1 to 5: factors, standard deviations in pixels and of the
# full range, and the share of fog.
_STRENGTHS = {
    'contrast': (0.75, 0.6, 0.45, 0.3, 0.2),
    'brightness': (1.2, 1.4, 1.6, 1.8, 2.0),
    'saturation': (0.7, 0.5, 0.3, 0.15, 0.0),
    'blur': (0.8, 1.2, 1.8, 2.6, 3.6),
    'fog': (0.2, 0.35, 0.5, 0.65, 0.8),
    'noise': (0.03, 0.06, 0.1, 0.15, 0.2),
}
CORRUPTIONS = tuple(_STRENGTHS)
"""The kinds that :class:`Corrupt` knows."""


@TRANSFORMS.register_module()
class Corrupt(BaseTransform):
    """Corrupt the image by albumentations, the pixels where they are: labels stay right.

    An image of a name is always corrupted alike, whatever the order, the process and the run.

    Required Keys:

    - img (np.ndarray): uint8 (H, W, 3), BGR.
    - img_path (str): Its file, of which the name draws what is random.

    Modified Keys:

    - img

    Args:
        kind: One of :data:`CORRUPTIONS`.
        severity: 1 to 5.
        seed: Of what is random, beside the name of the image.

    Raises:
        ConfigError: The kind or the severity is none.

    Source: arXiv 1903.12261, section 3; the strengths are our decision.
    """

    def __init__(self, kind: str, severity: int = 3, seed: int = 0) -> None:
        if kind not in _STRENGTHS:
            raise ConfigError(
                f'Corrupt: no corruption {kind!r}{nearest(str(kind), CORRUPTIONS)}; there are '
                f'{", ".join(CORRUPTIONS)}'
            )
        if severity not in _SEVERITIES:
            raise ConfigError(f'Corrupt: severity={severity!r}, give 1 to 5')
        # Without this, albumentations asks the network for a newer version when it is imported.
        os.environ.setdefault('NO_ALBUMENTATIONS_UPDATE', '1')
        import albumentations

        self.kind, self.severity, self.seed = kind, severity, seed
        self._compose = albumentations.Compose([_transform(kind, _STRENGTHS[kind][severity - 1])])

    def transform(self, results: dict) -> dict:
        """Corrupt one sample.

        Raises:
            PipelineError: The image is not of 8 bits and three channels.
        """
        image = results['img']
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
            raise PipelineError(
                f'Corrupt: the image is {image.dtype} {image.shape}, it must be uint8 (height, '
                'width, 3): put it right behind LoadImageFromFile, which has no to_float32'
            )
        name = os.path.basename(results['img_path'])
        seed = zlib.crc32(f'{self.kind} {self.seed} {name}'.encode(errors='surrogateescape'))
        self._compose.set_random_state(np.random.default_rng(seed), random.Random(seed))
        corrupted = self._compose(image=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))['image']
        results['img'] = cv2.cvtColor(corrupted, cv2.COLOR_RGB2BGR)
        return results

    def __repr__(self) -> str:
        """Return the transform with its arguments."""
        return f'Corrupt(kind={self.kind!r}, severity={self.severity}, seed={self.seed})'


def parse_corruption(text: str, option: str) -> dict[str, Any]:
    """Read KIND or KIND:SEVERITY; the severity is 3 by default.

    Args:
        text: What was written.
        option: Where, for the message.

    Returns:
        The arguments of :class:`Corrupt`.

    Raises:
        ConfigError: There is no such corruption.
    """
    kind, _, severity = text.partition(':')
    if severity and not severity.isdecimal():
        raise ConfigError(
            f'{option} {text}: give KIND or KIND:SEVERITY, as contrast:3; the kinds are '
            f'{", ".join(CORRUPTIONS)}, the severities 1 to 5'
        )
    arguments: dict[str, Any] = dict(kind=kind, severity=int(severity or 3))
    # Checks them, before anything is built.
    Corrupt(**arguments)
    return arguments


def corrupted_pipeline(pipeline: list, corruption: dict[str, Any], option: str) -> list:
    """Return a pipeline that corrupts each image right after it was read.

    Args:
        pipeline: Configs of transforms.
        corruption: Arguments of :class:`Corrupt`.
        option: What asks for it, for the message.

    Raises:
        ConfigError: No transform of it reads images.
    """
    names = [type_name(transform) for transform in pipeline]
    if _LOADER not in names:
        raise ConfigError(
            f'{option} needs a pipeline that begins with {_LOADER}; it has '
            f'{", ".join(map(str, names))}'
        )
    behind = names.index(_LOADER) + 1
    return [*pipeline[:behind], dict(type=Corrupt.__name__, **corruption), *pipeline[behind:]]


def _transform(kind: str, strength: float) -> Any:
    import albumentations

    if kind == 'blur':
        return albumentations.GaussianBlur(blur_limit=0, sigma_limit=(strength, strength), p=1.0)
    if kind == 'fog':
        return albumentations.RandomFog(fog_coef_range=(strength, strength), alpha_coef=0.1, p=1.0)
    if kind == 'noise':
        return albumentations.GaussNoise(
            std_range=(strength, strength), mean_range=(0.0, 0.0), p=1.0
        )
    unchanged = dict(brightness=(1.0, 1.0), contrast=(1.0, 1.0), saturation=(1.0, 1.0))
    return albumentations.ColorJitter(
        **{**unchanged, kind: (strength, strength)}, hue=(0.0, 0.0), p=1.0
    )
