"""Pipeline transforms that load labels and instance maps."""

from collections.abc import Mapping

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from mmseg_ext.common.errors import ConfigError, DataError, PipelineError
from mmseg_ext.data.transforms.seg_fields import SegFields

LABELS_CHANGED = 'labels_changed_by'


@TRANSFORMS.register_module()
class LoadCheckedLabels(BaseTransform):
    """Load the labels of a sample; takes the place of mmseg's ``LoadAnnotations``.

    May stand before or after a resizing of the image: labels keep the size of their file, which
    must be that of the image file. A sample without labels (inference) passes unchanged.

    Required Keys:

    - read_labels (callable, set by the data sets of mmseg_ext)
    - seg_map_path (str); without it nothing is done
    - ori_shape (tuple[int, int])
    - label_map (dict or None)

    Modified Keys:

    - seg_fields (list[str])

    Added Keys:

    - gt_seg_map (np.ndarray): uint8 (H, W), training ids, 255 ignored.
    """

    def transform(self, results: dict) -> dict:
        """Load the labels.

        Raises:
            DataError: If the label file is unreadable, holds what it must not, or has not the
                image's size.
            ConfigError: If the data set is not one of mmseg_ext, or the labels are loaded already.
        """
        if 'seg_map_path' not in results:
            return results
        labels, _ = _read(results, with_instances=False)
        labels = map_labels(labels, results.get('label_map'))
        results['gt_seg_map'] = labels
        results.setdefault('seg_fields', SegFields()).append('gt_seg_map')
        return results


@TRANSFORMS.register_module()
class LoadInstanceMap(BaseTransform):
    """Load the instance map of a sample.

    Place it beside ``LoadCheckedLabels``, before any geometric transform: mmseg's transforms then
    move it in step with the image, since it is in ``seg_fields`` (but for mmcv's ``Pad``, which
    pads the labels only: leave padding to the ``data_preprocessor``).

    Required Keys:

    - read_labels (callable, set by the data sets of mmseg_ext)
    - seg_map_path (str); without it nothing is done
    - ori_shape (tuple[int, int])

    Modified Keys:

    - seg_fields (list[str])

    Added Keys:

    - gt_instance_map (np.ndarray): (H, W), one id for each object, 0 = no object; uint16, or int32
      where an id is larger (SYNTHIA).

    OpenCV rotates maps of 8 and 16 bits alike, but those of 32 bits with a rounding of their own:
    after mmseg's ``RandomRotate``, one pixel of a thousand of such a map is out of step.
    """

    def transform(self, results: dict) -> dict:
        """Load the instance map.

        Raises:
            DataError: If it is unreadable, has not the image's size, or an id is negative or does
                not fit in 32 bits.
            ConfigError: If the data set has no instances, some were pasted before, or they are
                loaded already.
        """
        if 'seg_map_path' not in results:
            return results
        if LABELS_CHANGED in results:
            raise PipelineError(
                f'LoadInstanceMap: put it before {results[LABELS_CHANGED]}, which has changed the '
                'labels'
            )
        _, instances = _read(results, with_instances=True)
        if instances is None:
            raise ConfigError(
                'LoadInstanceMap: this data set has no instances (file '
                f'{results["seg_map_path"]}); remove the transform from the pipeline'
            )
        results['gt_instance_map'] = _narrow(instances, results['seg_map_path'])
        results.setdefault('seg_fields', SegFields()).append('gt_instance_map')
        return results


def map_labels(labels: np.ndarray, label_map: Mapping[int, int] | None) -> np.ndarray:
    """Give classes other ids, as mmseg's `label_map` says: a data set with a choice of classes."""
    if not label_map:
        return labels
    table = np.arange(256, dtype=np.uint8)
    for old, new in label_map.items():
        table[old] = new
    return table[labels]


def _narrow(instances: np.ndarray, path: str) -> np.ndarray:
    """Return the same ids in the smallest of the types that all transforms move."""
    least, most = int(instances.min()), int(instances.max())
    if least < 0 or most > np.iinfo(np.int32).max:
        raise DataError(
            f'{path}: instance ids from {least} to {most}; they must lie in 0 (no object) to '
            f'{np.iinfo(np.int32).max}'
        )
    return instances.astype(np.uint16 if most <= np.iinfo(np.uint16).max else np.int32)


def _read(results: dict, with_instances: bool) -> tuple[np.ndarray, np.ndarray | None]:
    path = results['seg_map_path']
    if 'read_labels' not in results:
        raise ConfigError(
            'LoadCheckedLabels and LoadInstanceMap need a data set of mmseg_ext; use '
            f"mmseg's LoadAnnotations for this one (file {path})"
        )
    labels, instances = results['read_labels'](path, with_instances)
    height, width = results['ori_shape']
    if labels.shape != (height, width):
        raise DataError(
            f'{path}: labels are {labels.shape[1]}x{labels.shape[0]} pixels (width x '
            f'height) but the image {results["img_path"]} is {width}x{height}'
        )
    return labels, instances
