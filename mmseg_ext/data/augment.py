"""Albumentations in an mmseg pipeline, image and every label map in step."""

import inspect
import os
import random
import warnings
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from mmseg_ext.errors import ConfigError, DataError, nearest

_LABELS = 'gt_seg_map'


@TRANSFORMS.register_module()
class Albumentations(BaseTransform):
    """Apply transforms of albumentations to the image and all maps of a sample.

    Unlike mmseg's ``Albu``, it hands over nothing but the image and the maps named in
    ``seg_fields``, and reads them back under their own names. Pixels that a geometric transform
    brings in from outside are 255 (ignored) in ``gt_seg_map`` and 0 in every other map; maps are
    sampled by nearest neighbour, and instance ids of any size survive. The image is handed over in
    RGB order, as weather and colour transforms expect, and comes back in BGR.

    Randomness follows NumPy's global state, which mmengine seeds in every loader worker: a run is
    reproducible and workers differ.

    Required Keys:

    - img (np.ndarray): uint8 (H, W, 3), BGR.
    - seg_fields (list[str], optional) and the maps that it names, (H, W).

    Modified Keys:

    - img, img_shape, the maps of seg_fields; pad_shape where present.

    Args:
        transforms: Config dicts of albumentations' transforms: ``type`` is the class's name, the
            rest are its arguments. ``OneOf``, ``SomeOf``, ``Sequential`` … take such a list as
            ``transforms``. ``fill_mask`` may only be 0 or None: the fill is as said above.

    Raises:
        ConfigError: If a transform is unknown, refuses its arguments, or needs more than image and
            maps.
    """

    def __init__(self, transforms: Sequence[dict]) -> None:
        # Without this, albumentations asks the network for a newer version when it is imported.
        os.environ.setdefault('NO_ALBUMENTATIONS_UPDATE', '1')
        import albumentations

        self.transforms = list(transforms)
        self.compose = albumentations.Compose(
            [_build(config) for config in self.transforms], mask_interpolation=cv2.INTER_NEAREST
        )

    def transform(self, results: dict) -> dict:
        """Apply the transforms to one sample."""
        # One generator for all: albumentations' own seeding gives every transform an equal stream,
        # so that those of the same probability would be applied together or not at all.
        seed = np.random.randint(2**31)  # noqa: NPY002 - mmengine seeds the global state
        self.compose.set_random_state(np.random.default_rng(seed), random.Random(seed))
        fields = results.get('seg_fields', [])
        self.compose.add_targets(dict.fromkeys(fields, 'mask'))
        encoded = {key: _encode(key, results[key]) for key in fields}
        output = self.compose(
            image=cv2.cvtColor(results['img'], cv2.COLOR_BGR2RGB),
            **{key: codes for key, (codes, _) in encoded.items()},
        )
        for key, (_, values) in encoded.items():
            results[key] = _decode(key, output[key], values, results[key].dtype)
        results['img'] = cv2.cvtColor(output['image'], cv2.COLOR_RGB2BGR)
        results['img_shape'] = results['img'].shape[:2]
        if 'pad_shape' in results:
            results['pad_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        """Return the transform with its arguments."""
        return f'{type(self).__name__}(transforms={self.transforms})'


def _encode(key: str, array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Encode a map so that 0, albumentations' fill, means "from outside", in a type OpenCV warps.

    Returns:
        The codes, and the values that they index, or None where the codes are the values.
    """
    if key == _LABELS:
        return (array + 1).astype(np.uint8), None
    if array.dtype.kind not in 'iu' or array.dtype.itemsize == 1:
        return array, None
    if array.min() >= 0 and array.max() <= np.iinfo(np.uint16).max:
        return array.astype(np.uint16), None
    values, codes = np.unique(np.append(array, 0), return_inverse=True)
    if len(values) > np.iinfo(np.uint16).max + 1:
        raise DataError(
            f'Albumentations: {key} has {len(values)} different values, more than the '
            '65536 that it can move; are these instance ids?'
        )
    # Code 0 must be value 0, whatever its rank is.
    zero = int(np.searchsorted(values, 0))
    order = np.concatenate([[zero], np.delete(np.arange(len(values)), zero)])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[codes[:-1]].reshape(array.shape).astype(np.uint16), values[order]


def _decode(key: str, codes: np.ndarray, values: np.ndarray | None, dtype: np.dtype) -> np.ndarray:
    if key == _LABELS:
        return (codes - np.uint8(1)).astype(dtype)
    return (codes if values is None else values[codes]).astype(dtype)


def _build(config: dict) -> Any:
    """Build one transform of albumentations, with those inside it."""
    import albumentations

    arguments = dict(config)
    name = arguments.pop('type', None)
    known = [
        key
        for key, value in vars(albumentations).items()
        if inspect.isclass(value)
        and issubclass(value, (albumentations.BasicTransform, albumentations.BaseCompose))
    ]
    if name not in known:
        raise ConfigError(
            f'Albumentations: no transform is called {name!r}{nearest(str(name), known)}'
        )
    if arguments.get('fill_mask'):
        raise ConfigError(
            f'Albumentations: {name}: fill_mask must be 0 or None, it is '
            f'{arguments["fill_mask"]}: labels are always filled with 255, other '
            'maps with 0'
        )
    if 'transforms' in arguments:
        arguments['transforms'] = [_build(inner) for inner in arguments['transforms']]
    try:
        with warnings.catch_warnings():
            # It only warns of arguments that it does not know; they are an error below.
            warnings.filterwarnings('ignore', message='Argument')
            transform = getattr(albumentations, name)(**arguments)
    except (ValueError, TypeError) as error:
        raise ConfigError(f'Albumentations: {name}: {error}') from None
    if getattr(transform, 'invalid_args', None):
        accepted = list(inspect.signature(type(transform).__init__).parameters)[1:]
        wrong = transform.invalid_args[0]
        raise ConfigError(
            f'Albumentations: {name} takes no argument {wrong!r}{nearest(wrong, accepted)}'
        )
    needed = list(getattr(transform, 'targets_as_params', ()))
    if name == 'CropNonEmptyMaskIfExists':
        needed = ['mask']  # It does not declare it.
    if needed:
        raise ConfigError(
            f'Albumentations: {name} needs {" and ".join(needed)}, which a sample does not have'
        )
    return transform
