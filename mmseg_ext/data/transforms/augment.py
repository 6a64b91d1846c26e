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

from mmseg_ext.common.errors import ConfigError, DataError, PipelineError, nearest
from mmseg_ext.data.reading.readers import IGNORE_INDEX

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

    # The label of pixels from outside.
    ignore_index = 255

    def __init__(self, transforms: Sequence[dict]) -> None:
        # Without this, albumentations asks the network for a newer version when it is imported.
        os.environ.setdefault('NO_ALBUMENTATIONS_UPDATE', '1')
        import albumentations

        self.transforms = list(transforms)
        self.compose = albumentations.Compose(
            [_build(config) for config in self.transforms], mask_interpolation=cv2.INTER_NEAREST
        )

        self.moves = _moves(self.compose)

    def transform(self, results: dict) -> dict:
        """Apply the transforms to one sample.

        Raises:
            ConfigError: If the image is not uint8 of three channels, before or behind them; or is
                moved before its labels are loaded.
            DataError: If a map has more different values than can be moved.
        """
        if self.moves and results.get('seg_map_path') and _LABELS not in results:
            raise PipelineError(
                'Albumentations stands before the labels are loaded, so that it would move the '
                'image alone: put it behind the transform that loads them'
            )
        _check_image(
            results['img'],
            'comes in as',
            'remove to_float32 and color_type of LoadImageFromFile, and put this before the '
            'transform that gives another type',
        )
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
        _check_image(
            output['image'],
            'goes out as',
            'leave out, or give other arguments to, the one that changes channels or type; the '
            'data_preprocessor normalises',
        )
        results['img'] = cv2.cvtColor(output['image'], cv2.COLOR_RGB2BGR)
        results['img_shape'] = results['img'].shape[:2]
        if 'pad_shape' in results:
            results['pad_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        """Return the transform with its arguments."""
        return f'{type(self).__name__}(transforms={self.transforms})'


def _moves(transform: Any) -> bool:
    """Tell whether one of the transforms changes maps beside the image."""
    import albumentations

    inside = getattr(transform, 'transforms', ())
    return isinstance(transform, albumentations.DualTransform) or any(map(_moves, inside))


def _check_image(image: Any, what: str, advice: str) -> None:
    """Refuse images that albumentations takes for fractions, or that the model was not made for."""
    shape = tuple(getattr(image, 'shape', ()))
    dtype = getattr(image, 'dtype', type(image).__name__)
    if dtype != np.uint8 or len(shape) != 3 or shape[-1] != 3:
        raise PipelineError(
            f'Albumentations: the image {what} {dtype} {shape}, it must be uint8 '
            f'(height, width, 3): {advice}'
        )


def _fill(key: str) -> int:
    return IGNORE_INDEX if key == _LABELS else 0


def _encode(key: str, array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Encode a map so that 0, albumentations' fill, means "from outside", in a type OpenCV warps.

    Returns:
        The codes, and the values that they index, or None where a code is a value less the fill,
        modulo the size of the code's type.
    """
    fill = _fill(key)
    if array.dtype.kind not in 'iu':
        if fill:
            raise PipelineError(f'Albumentations: {key} must hold integers, it is {array.dtype}')
        return array, None
    codes = None
    if array.dtype == np.uint8:
        codes = array
    elif array.min() >= 0 and array.max() <= np.iinfo(np.uint16).max:
        codes = array.astype(np.uint16)
    if codes is not None:
        return (codes - codes.dtype.type(fill) if fill else codes), None
    values, codes = np.unique(np.append(array, fill), return_inverse=True)
    if len(values) > np.iinfo(np.uint16).max + 1:
        raise DataError(
            f'Albumentations: {key} has {len(values)} different values, more than the '
            '65536 that it can move; are these instance ids?'
        )
    # Code 0 must be the fill, whatever its rank is.
    first = int(np.searchsorted(values, fill))
    order = np.concatenate([[first], np.delete(np.arange(len(values)), first)])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[codes[:-1]].reshape(array.shape).astype(np.uint16), values[order]


def _decode(key: str, codes: np.ndarray, values: np.ndarray | None, dtype: np.dtype) -> np.ndarray:
    if values is not None:
        codes = values[codes]
    elif _fill(key):
        codes = codes + codes.dtype.type(_fill(key))
    return codes.astype(dtype)


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
