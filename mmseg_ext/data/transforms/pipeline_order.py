"""Orders of transforms that no transform can see from its place: a check of whole pipelines."""

from typing import Any

from mmcv.transforms import LoadAnnotations

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.transforms.loading import LoadCheckedLabels, LoadInstanceMap
from mmseg_ext.data.transforms.pipelines import all_inside, order_of, transforms_of

_LOADERS = (LoadAnnotations, LoadCheckedLabels, LoadInstanceMap)
_MOVERS = {'RandomFlip', 'RandomCrop', 'RandomRotate', 'RandomRotFlip', 'CenterCrop'}
_RESIZERS = {'Resize', 'RandomResize', 'RandomChoiceResize', 'ResizeShortestEdge'}
_CROPS = {'RandomCrop', 'CenterCrop'}


def check_mixing(dataset: Any) -> None:
    """Check that no instance maps are put together from several frames.

    Mosaic and its like join frames as they are: objects of two frames with the same id would be
    one, and the margin, filled with 255, another.

    Args:
        dataset: Any data set; `MultiImageMixDataset` and its like are looked for inside it.

    Raises:
        ConfigError: Frames whose instance maps are loaded are mixed; it names the transforms, in
            order.
    """
    for each in all_inside(dataset):
        mixers = [
            transform
            for transform in transforms_of(getattr(each, 'pipeline', ()))
            # By this method, `MultiImageMixDataset` asks for the other frames.
            if hasattr(transform, 'get_indices')
        ]
        if mixers and _loads_instances(each):
            raise ConfigError(
                f'{type(mixers[0]).__name__} joins several frames, in which different objects have '
                'the same id: remove LoadInstanceMap, or the mixing. The pipeline is: '
                f'{order_of(each)}'
            )


def check_labels_first(dataset: Any) -> None:
    """Check that the labels of a training are loaded before the image is moved.

    In a test, labels may be loaded behind a resize or the flip of a test-time augmentation: the
    prediction is brought back to them.

    Args:
        dataset: The data set of a training.

    Raises:
        ConfigError: Labels or instances are loaded behind a transform that turned, mirrored or cut
            the image alone; or behind a resize and before a crop; it names all, in order.
    """
    for each in all_inside(dataset):
        transforms = list(transforms_of(getattr(each, 'pipeline', ())))
        for place, loader in enumerate(transforms):
            if not isinstance(loader, _LOADERS):
                continue
            movers = _MOVERS
            if any(_is_any(later, _CROPS) for later in transforms[place:]):
                movers = _MOVERS | _RESIZERS
            for earlier in transforms[:place]:
                if _is_any(earlier, movers):
                    raise ConfigError(
                        f'{type(loader).__name__} loads its map behind {type(earlier).__name__}, '
                        'which has then changed the image alone: put it right behind the loading '
                        f'of the image. The pipeline is: {order_of(each)}'
                    )


def _loads_instances(dataset: Any) -> bool:
    return any(
        isinstance(transform, LoadInstanceMap)
        for each in all_inside(dataset)
        for transform in transforms_of(getattr(each, 'pipeline', ()))
    )


def _is_any(transform: Any, names: set[str]) -> bool:
    return any(base.__name__ in names for base in type(transform).__mro__)
