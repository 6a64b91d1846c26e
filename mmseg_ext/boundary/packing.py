"""From a pipeline's maps to a padded batch: what mmseg does for labels, for every target."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.datasets.transforms import PackSegInputs
from mmseg.models import SegDataPreProcessor
from mmseg.registry import MODELS, TRANSFORMS

from mmseg_ext.boundary.targets import IGNORED_DISTANCE
from mmseg_ext.common.errors import PipelineError

_OUTPUTS = ('contour_classes', 'distance_levels')
TARGET_KEYS = ('gt_edge_map', 'gt_contour_map', 'gt_distance_map')


@TRANSFORMS.register_module()
class PackBoundaryInputs(PackSegInputs):
    """mmseg's `PackSegInputs` that packs the boundary targets too.

    Required Keys:

    - those of `PackSegInputs`
    - gt_contour_map (np.ndarray, (H, W), uint8, optional)
    - gt_distance_map (np.ndarray, (H, W), uint8 or float32, optional)

    Added Keys:

    - inputs (torch.Tensor, (3, H, W))
    - data_samples (SegDataSample): beside gt_sem_seg and gt_edge_map also gt_contour_map and
      gt_distance_map, each PixelData with data (1, H, W) of the map's own dtype; and in its
      metainfo contour_classes and distance_levels, by which the heads check their outputs
    """

    def transform(self, results: dict) -> dict:
        """Pack one sample.

        Raises:
            ConfigError: The labels are no longer those that the targets were made from.
        """
        source = results.get('boundary_source')
        if source is not None and not np.array_equal(source, results['gt_seg_map']):
            raise PipelineError(
                'PackBoundaryInputs: the labels have changed since GenerateBoundaryTargets made '
                'the targets; put it behind every transform that crops, resizes, flips or pastes'
            )
        packed = super().transform(results)
        known = {key: results[key] for key in _OUTPUTS if key in results}
        packed['data_samples'].set_metainfo(known)
        for key in ('gt_contour_map', 'gt_distance_map'):
            if key in results:
                data = torch.from_numpy(np.ascontiguousarray(results[key]))[None]
                packed['data_samples'].set_data({key: PixelData(data=data)})
        return packed


@MODELS.register_module()
class BoundaryDataPreProcessor(SegDataPreProcessor):
    """mmseg's `SegDataPreProcessor` that pads each boundary target with its own ignore value.

    Classes and levels are padded with 255, distance fractions with -1, whatever `seg_pad_val`
    is: a padded pixel never trains. Arguments and shapes of images and labels are those of the base
    class; a target is (1, h, w) before and (1, H, W) after, of its own dtype.
    """

    def forward(self, data: dict, training: bool = False) -> dict[str, Any]:
        """Normalise and pad a batch; in training also pad its targets."""
        data = super().forward(data, training)
        if training:
            size = data['inputs'].shape[-2:]
            for sample in data['data_samples']:
                height, width = sample.metainfo['img_shape'][:2]
                for key in TARGET_KEYS:
                    if key in sample:
                        pad_target(sample.get(key), (height, width), size)
        return data


def pad_target(target: PixelData, valid: tuple[int, int], size: tuple[int, int]) -> None:
    """Pad a packed target in place to the right and below with its ignore value.

    Args:
        target: PixelData with data (1, h, w), at least `valid` large.
        valid: Height and width before padding; what `data` holds beyond them is replaced.
        size: Height and width of the batch.
    """
    if target.data.shape[-2:] == valid == size:
        return
    data = target.data[..., : valid[0], : valid[1]]
    ignored = IGNORED_DISTANCE if data.is_floating_point() else 255
    padding = (0, size[1] - valid[1], 0, size[0] - valid[0])
    del target.data  # PixelData refuses data of another shape
    target.data = F.pad(data, padding, value=ignored)
