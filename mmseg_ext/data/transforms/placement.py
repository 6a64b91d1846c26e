"""What transforms that put objects into a frame share: their place in the pipeline, and new ids."""

import numpy as np

from mmseg_ext.common.contributions import MAPS
from mmseg_ext.common.errors import ConfigError, PipelineError

_MOVED = {'gt_seg_map', 'gt_instance_map'}


def has_labels(results: dict, name: str) -> bool:
    """Tell whether a sample has labels to be changed.

    Args:
        results: The sample.
        name: Name of the transform.

    Raises:
        PipelineError: Its labels are not loaded yet.
    """
    if 'gt_seg_map' in results:
        return True
    if results.get('seg_map_path'):
        raise PipelineError(
            f'{name} stands before the labels are loaded, so that it would do nothing: put it '
            'behind LoadCheckedLabels'
        )
    return False


def check_place(results: dict, name: str, verb: str) -> None:
    """Check that all maps of a sample can be changed in step with its image.

    Args:
        results: A sample with labels.
        name: Name of the transform.
        verb: What it does to a map, e.g. 'paste into'.

    Raises:
        ConfigError: The data set is not one of mmseg_ext.
        PipelineError: The transform stands behind one that makes or resizes a map.
    """
    if 'frames' not in results:
        raise ConfigError(f'{name} needs a data set of mmseg_ext, which tells it the other frames')
    late = [(key, drawn.made_by) for key, drawn in MAPS.items() if drawn.made_by and key in results]
    if late:
        key, transform = late[0]
        raise PipelineError(f'{name} would leave {key} as it was: put it before {transform}')
    others = set(results.get('seg_fields', ())) - _MOVED
    if others:
        raise PipelineError(
            f'{name} cannot {verb} {", ".join(sorted(others))}: put it before the '
            'transform that adds it'
        )
    if results['img'].shape[:2] != results['gt_seg_map'].shape:
        raise PipelineError(
            f'{name}: the image is {results["img"].shape[:2]} and the labels '
            f'{results["gt_seg_map"].shape}: put it before resizes and crops'
        )


def new_instance_ids(results: dict, number: int = 1) -> range:
    """Return ids that no object of the sample has, and that fit into its instance map.

    Args:
        results: A sample; its instance map gets a larger type where it has to.
        number: How many ids.
    """
    first = int(results['gt_instance_map'].max()) + 1
    if first + number - 1 > np.iinfo(results['gt_instance_map'].dtype).max:
        results['gt_instance_map'] = results['gt_instance_map'].astype(np.int32)
    return range(first, first + number)
