"""Objects replaced by those of another class: a class and its surroundings become independent."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmseg.registry import TRANSFORMS

from mmseg_ext.common.class_names import check_names
from mmseg_ext.common.errors import ConfigError, PipelineError
from mmseg_ext.data.reading.readers import IGNORE_INDEX
from mmseg_ext.data.transforms.donors import Donors
from mmseg_ext.data.transforms.fitting import Pixels, fit_in
from mmseg_ext.data.transforms.inpainting import remove_object
from mmseg_ext.data.transforms.loading import LABELS_CHANGED, LoadInstanceMap
from mmseg_ext.data.transforms.pipelines import transforms_of
from mmseg_ext.data.transforms.placement import check_place, has_labels, new_instance_ids
from mmseg_ext.data.transforms.whole_objects import WholeObject


@TRANSFORMS.register_module()
class SwapInstances(BaseTransform):
    """Replace objects of some classes by objects of the others of these classes.

    Where a class nearly always stands in the same company, a network calls whatever stands there by
    its name. A swapped object stands where another class stood: on the same ground line, centred,
    and as high. It comes from another frame, from among those that are nearest in height. What it
    leaves uncovered is inpainted and ignored.

    Only whole objects go or come: away from the frame's edge, and, where instance maps are loaded,
    not behind an object that they touch; else connected components that touch no other thing. All
    label files are read once, when the data set lists its files. Objects are removed before any is
    put in, from the furthest to the nearest; what is put in lies in front of everything.

    In ``gt_instance_map`` an object that comes has an id of its own, and one that goes has none.

    Place it after the loading of labels and instances, before resizes and crops, and before
    ``GenerateBoundaryTargets``, which then sees the new objects. It needs a data set of mmseg_ext.

    Required Keys:

    - img (np.ndarray): uint8 (H, W, 3).
    - gt_seg_map (np.ndarray): uint8 (H, W); a sample without it (inference) passes unchanged.
    - gt_instance_map (np.ndarray, optional): (H, W), 0 = no object.
    - frames (set by the data sets of mmseg_ext)

    Modified Keys:

    - img, gt_seg_map, gt_instance_map

    Added Keys:

    - labels_changed_by (str): for `LoadInstanceMap`, whose file knows nothing of what was swapped

    Args:
        classes: Names of the classes whose objects take each other's places, at least two.
        prob: Probability that objects of a sample are swapped.
        share: Probability, in such a sample, of each object to be swapped.
        min_pixels: Objects of fewer pixels neither go nor come.
        max_resize: The greatest factor by which an object may be enlarged or reduced to the height
            of the one that goes. An object stays where nothing is so near in height.
        candidates: From how many objects, the nearest in height, one is drawn.

    Raises:
        ConfigError: An argument is out of its range; and, when the data set lists its files, a
            class is not one of it, or fewer than two classes have objects to be swapped.

    Source: our decision; after Shetty, Schiele and Fritz, CVPR 2019, who remove objects.
    """

    def __init__(
        self,
        classes: Sequence[str],
        prob: float = 0.5,
        share: float = 0.5,
        min_pixels: int = 30,
        max_resize: float = 1.5,
        candidates: int = 10,
    ) -> None:
        if isinstance(classes, str) or len(set(classes)) < 2 or len(set(classes)) < len(classes):
            raise ConfigError(
                f'SwapInstances: classes={classes!r}, give the names of at least two classes, each '
                'once'
            )
        for name, value in dict(prob=prob, share=share).items():
            if not 0 <= value <= 1:
                raise ConfigError(f'SwapInstances: {name}={value}, give a number from 0 to 1')
        for name, number in dict(
            min_pixels=min_pixels, max_resize=max_resize, candidates=candidates
        ).items():
            if not number >= 1:
                raise ConfigError(f'SwapInstances: {name}={number}, give 1 or more')
        self.classes = tuple(classes)
        self.prob = prob
        self.share = share
        self.min_pixels = min_pixels
        self.max_resize = max_resize
        self.candidates = candidates
        self._donors: Donors | None = None

    def check_dataset(self, dataset: Any) -> None:
        """List the objects that can be swapped, and log how many there are.

        Args:
            dataset: The data set of mmseg_ext whose pipeline has this transform.

        Raises:
            ConfigError: A class is not one of it, or fewer than two have objects.
        """
        names = dataset.metainfo['classes']
        check_names('SwapInstances: classes', self.classes, names)
        with_instances = any(
            isinstance(each, LoadInstanceMap) for each in transforms_of(dataset.pipeline)
        )
        ids = [names.index(name) for name in self.classes]
        self._donors = donors = Donors(dataset, ids, with_instances, self.min_pixels)
        counts = {name: donors.count(label) for name, label in zip(self.classes, ids, strict=True)}
        kind = 'whole objects' if with_instances else 'whole components'
        listed = ', '.join(f'{name} ({count})' for name, count in counts.items())
        if sum(count > 0 for count in counts.values()) < 2:
            raise ConfigError(
                f'SwapInstances: {type(dataset).__name__} has too few {kind} of at least '
                f'min_pixels={self.min_pixels} for anything to be swapped: {listed}; give other '
                'classes, or a smaller min_pixels'
            )
        print_log(f'SwapInstances swaps {kind}: {listed}', logger='current')
        never = [
            name
            for name, label in zip(self.classes, ids, strict=True)
            if not donors.has_partner(label, self.max_resize)
        ]
        if never:
            print_log(
                f'SwapInstances: {", ".join(never)} can never be drawn, since no {kind[:-1]} of at '
                f'least min_pixels={self.min_pixels} is within max_resize={self.max_resize} of the '
                'height of one of another class in another frame',
                logger='current',
                level=logging.WARNING,
            )

    def transform(self, results: dict) -> dict:
        """Swap objects of one sample.

        Raises:
            ConfigError: The data set is not one of mmseg_ext, or the transform stands at the wrong
                place in the pipeline.
            DataError: The files of another frame are bad; it names them.
        """
        name = type(self).__name__
        if not has_labels(results, name):
            return results
        check_place(results, name, 'swap in')
        if self._donors is None:
            raise ConfigError(f'{name} needs a data set of mmseg_ext, which lists its objects')
        if results['img'].dtype != np.uint8 or results['img'].ndim != 3:
            raise PipelineError(
                f'{name}: the image is {results["img"].dtype} {results["img"].shape}, it must be '
                'uint8 (height, width, 3): remove to_float32 and color_type of LoadImageFromFile, '
                'and put this before the transform that gives another type'
            )
        results[LABELS_CHANGED] = name
        # mmengine and SeededInfiniteSampler seed the global state.
        random = np.random
        if random.random() >= self.prob:
            return results
        drawn = [
            self._draw(each, results.get('seg_map_path'))
            for each in self._donors.find(results['gt_seg_map'], results.get('gt_instance_map'))
            if random.random() < self.share
        ]
        swaps = sorted(filter(None, drawn), key=lambda swap: swap.target.ground)
        # Before the removal: no new object gets the id of one that goes.
        with_ids = 'gt_instance_map' in results
        ids = new_instance_ids(results, len(swaps)) if with_ids else [0] * len(swaps)
        for swap in swaps:
            _remove(results, swap.target)
        for swap, new_id in zip(swaps, ids, strict=True):
            _put(results, swap, self._donors.pixels(swap.donor), new_id)
        return results

    def _draw(self, target: WholeObject, own_frame: str | None) -> '_Swap | None':
        """Draw a class among those that have objects of about the same height, and one of these."""
        assert self._donors is not None
        height = target.cutout.mask.shape[0]
        others = [label for label in self._donors.classes if label != target.label]
        for label in np.random.permutation(others).tolist():  # noqa: NPY002
            near = self._donors.nearest(label, height, self.max_resize, self.candidates, own_frame)
            if near:
                return _Swap(target, label, near[np.random.randint(len(near))])  # noqa: NPY002
        return None

    def __repr__(self) -> str:
        """Show every argument."""
        return (
            f'{type(self).__name__}(classes={self.classes}, prob={self.prob}, share={self.share}, '
            f'min_pixels={self.min_pixels}, max_resize={self.max_resize}, '
            f'candidates={self.candidates})'
        )


class _Swap(NamedTuple):
    """An object that goes; the class, and the frame and rank, of the one that comes."""

    target: WholeObject
    label: int
    donor: tuple[int, int]


def _remove(results: dict, target: WholeObject) -> None:
    box, removed = remove_object(results['img'], target.cutout)
    results['gt_seg_map'][box][removed] = IGNORE_INDEX
    if 'gt_instance_map' in results:
        results['gt_instance_map'][box][removed] = 0


def _put(results: dict, swap: _Swap, donor: Pixels, new_id: int) -> None:
    place, (image, mask) = fit_in(donor, swap.target.cutout, results['gt_seg_map'].shape[1])
    results['img'][place][mask] = image[mask]
    results['gt_seg_map'][place][mask] = swap.label
    if 'gt_instance_map' in results:
        results['gt_instance_map'][place][mask] = new_id
