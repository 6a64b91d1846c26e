"""Rare objects of other frames, pasted where their usual company is not."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import DATASETS, TRANSFORMS

from mmseg_ext.class_names import check_shares
from mmseg_ext.data.loading import LABELS_CHANGED, map_labels
from mmseg_ext.data.readers import check_image_file
from mmseg_ext.errors import ConfigError, DataError

_MOVED = {'gt_seg_map', 'gt_instance_map'}
_TARGETS = ('gt_edge_map', 'gt_contour_map', 'gt_distance_map')


class Cutout(NamedTuple):
    """The pixels of one instance: ``mask``, bool (h, w), with its corner in the frame."""

    top: int
    left: int
    mask: np.ndarray


@TRANSFORMS.register_module()
class PasteRareInstances(BaseTransform):
    """Paste instances of rare classes from another frame of the data set into a sample.

    A rare class that nearly always comes with another is recognised by its company. A pasted
    instance keeps its size and its rows, so that the perspective is right, but stands at a column
    drawn uniformly, mirrored in half of the cases. What is pasted lies in front of everything.

    Which class is drawn with odds 1/share among the rare classes in the other frame, which instance
    of it uniformly. Instances are those of the instance map; without one, or where the class has no
    objects in it, the 8-connected components of the class. In ``gt_instance_map`` a pasted object
    gets an id of its own.

    Place it after the loading of labels and instances, before resizes and crops, and before
    ``GenerateBoundaryTargets``, which then sees what was pasted. It needs a data set of mmseg_ext.

    Required Keys:

    - img (np.ndarray): (H, W, 3).
    - gt_seg_map (np.ndarray): (H, W); a sample without it (inference) passes unchanged.
    - gt_instance_map (np.ndarray, optional): (H, W), 0 = no object.
    - frames, read_labels (set by the data sets of mmseg_ext)

    Modified Keys:

    - img, gt_seg_map, gt_instance_map

    Added Keys:

    - labels_changed_by (str): for `LoadInstanceMap`, whose file knows nothing of what was pasted

    Args:
        dataset: Name of a registered data set whose METAINFO has ``classes`` and ``train_shares``.
        shares: Or the percentage of the training pixels of every class, by class id.
        below: Classes below this percentage are rare.
        prob: Probability that a sample is pasted into.
        max_instances: 1 to this number of instances are drawn, each number as likely.
        min_pixels: Instances of fewer pixels are left out.

    Raises:
        ConfigError: An argument is out of its range, the shares are missing, given twice, or none
            is below ``below``.

    Source: our decision; after Simple Copy-Paste, arXiv 2012.07177, and Context decoupling
    augmentation, arXiv 2103.01795.
    """

    def __init__(
        self,
        dataset: str | None = None,
        shares: Sequence[float] | None = None,
        below: float = 2.5,
        prob: float = 0.5,
        max_instances: int = 3,
        min_pixels: int = 30,
    ) -> None:
        if (dataset is None) == (shares is None):
            raise ConfigError('PasteRareInstances: give either dataset or shares')
        if not 0 <= prob <= 1:
            raise ConfigError(f'PasteRareInstances: prob={prob}, give a number from 0 to 1')
        for name, number in dict(max_instances=max_instances, min_pixels=min_pixels).items():
            if number < 1:
                raise ConfigError(f'PasteRareInstances: {name}={number}, give 1 or more')
        of_classes = _shares_of(dataset) if dataset else list(shares or ())
        self.from_metainfo = dataset is not None
        self.rare = {c: share for c, share in enumerate(of_classes) if 0 < share < below}
        if not self.rare:
            raise ConfigError(
                f'PasteRareInstances: no class is below {below} % of the training pixels; the '
                f'shares are {of_classes}'
            )
        self.below = below
        self.prob = prob
        self.max_instances = max_instances
        self.min_pixels = min_pixels

    def transform(self, results: dict) -> dict:
        """Paste into one sample.

        Raises:
            ConfigError: The data set is not one of mmseg_ext, or the transform stands at the wrong
                place in the pipeline.
            DataError: The files of the other frame are bad; it names them.
        """
        if 'gt_seg_map' not in results:
            return results
        _check_place(results)
        label_map = results.get('label_map')
        if label_map and self.from_metainfo:
            raise ConfigError(
                'PasteRareInstances: this data set has a choice of classes; give shares, one for '
                'each of them, in place of dataset'
            )
        # mmengine and SeededInfiniteSampler seed the global state.
        results[LABELS_CHANGED] = type(self).__name__
        random = np.random
        if random.random() >= self.prob:
            return results
        frames = results['frames']
        image_path, label_path = frames[random.randint(len(frames))]
        labels, instances = results['read_labels'](label_path, 'gt_instance_map' in results)
        labels = map_labels(labels, label_map)
        counts = np.bincount(labels.ravel(), minlength=256)
        present = [c for c in self.rare if counts[c] >= self.min_pixels]
        if not present:
            return results
        odds = np.array([1 / self.rare[c] for c in present])
        number = random.randint(1, self.max_instances + 1)
        check_image_file(image_path)
        image = mmcv.imread(image_path)
        if image.shape[:2] != labels.shape:
            raise DataError(
                f'{label_path}: labels are {labels.shape} pixels (height, width), but '
                f'{image_path} is {image.shape[:2]}'
            )
        for label in random.choice(present, number, p=odds / odds.sum()):
            cutouts, are_objects = find_cutouts(labels, instances, label, self.min_pixels)
            if cutouts:
                cutout = cutouts[random.randint(len(cutouts))]
                _paste(results, image, cutout, label, are_objects)
        return results

    def __repr__(self) -> str:
        """Show every argument, and the rare classes in place of where they come from."""
        return (
            f'{type(self).__name__}(rare={self.rare}, below={self.below}, prob={self.prob}, '
            f'max_instances={self.max_instances}, min_pixels={self.min_pixels})'
        )


def find_cutouts(
    labels: np.ndarray, instances: np.ndarray | None, label: int, min_pixels: int
) -> tuple[list[Cutout], bool]:
    """Cut out the instances of a class.

    Args:
        labels: uint8 (H, W).
        instances: (H, W), 0 = no object, or None.
        label: The class.
        min_pixels: The least size of an instance.

    Returns:
        The instances in the order of their ids, and whether they are objects of the instance map;
        else they are the 8-connected components of the class.
    """
    mask = labels == label
    objects = None if instances is None else np.where(mask, instances, 0)
    if objects is not None and objects.any():
        ids = np.unique(objects[objects > 0])
        cutouts = [_cut(objects == one) for one in ids]
        return [cutout for cutout in cutouts if cutout.mask.sum() >= min_pixels], True
    number, components, stats, _ = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=8
    )
    large = [one for one in range(1, number) if stats[one, cv2.CC_STAT_AREA] >= min_pixels]
    return [_cut(components == one) for one in large], False


def _cut(mask: np.ndarray) -> Cutout:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Cutout(top, left, mask[top : top + height, left : left + width])


def _paste(results: dict, image: np.ndarray, cutout: Cutout, label: int, is_object: bool) -> None:
    """Paste an instance at its rows and a random column; what does not fit in is cut off."""
    height, width = results['gt_seg_map'].shape
    top = round(cutout.top * height / image.shape[0])
    rows = min(cutout.mask.shape[0], height - top)
    columns = min(cutout.mask.shape[1], width)
    source = np.s_[cutout.top : cutout.top + rows, cutout.left : cutout.left + columns]
    left = np.random.randint(width - columns + 1)  # noqa: NPY002
    mirror = -1 if np.random.random() < 0.5 else 1  # noqa: NPY002
    place = np.s_[top : top + rows, left : left + columns]
    mask = cutout.mask[:rows, :columns][:, ::mirror]
    results['img'][place][mask] = image[source][:, ::mirror][mask]
    results['gt_seg_map'][place][mask] = label
    if 'gt_instance_map' in results:
        new_id = int(results['gt_instance_map'].max()) + 1
        if new_id > np.iinfo(results['gt_instance_map'].dtype).max:
            results['gt_instance_map'] = results['gt_instance_map'].astype(np.int32)
        results['gt_instance_map'][place][mask] = new_id if is_object else 0


def _check_place(results: dict) -> None:
    if 'frames' not in results:
        raise ConfigError(
            'PasteRareInstances needs a data set of mmseg_ext, which tells it the other frames'
        )
    late = [key for key in _TARGETS if key in results]
    if late:
        raise ConfigError(
            f'PasteRareInstances would leave {late[0]} as it was: put it before '
            'GenerateBoundaryTargets'
        )
    others = set(results.get('seg_fields', ())) - _MOVED
    if others:
        raise ConfigError(
            f'PasteRareInstances cannot paste into {", ".join(sorted(others))}: put it before the '
            'transform that adds it'
        )
    if results['img'].shape[:2] != results['gt_seg_map'].shape:
        raise ConfigError(
            f'PasteRareInstances: the image is {results["img"].shape[:2]} and the labels '
            f'{results["gt_seg_map"].shape}: put it before resizes and crops'
        )


def _shares_of(dataset: str) -> list[float]:
    metainfo: Mapping[str, Any] = getattr(DATASETS.get(dataset), 'METAINFO', {})
    shares = metainfo.get('train_shares')
    if not shares:
        raise ConfigError(
            f'PasteRareInstances: no data set {dataset!r} with train_shares in its METAINFO is '
            'registered; give shares, which tools/check_data.py counts'
        )
    check_shares(shares, metainfo['classes'])
    return [shares[name] for name in metainfo['classes']]
