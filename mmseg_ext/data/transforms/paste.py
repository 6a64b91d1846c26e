"""Rare objects of other frames, pasted where their usual company is not."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmseg.registry import DATASETS, TRANSFORMS

from mmseg_ext.common.class_names import check_shares
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.transforms.cutouts import find_cutouts, largest_instances
from mmseg_ext.data.transforms.loading import LABELS_CHANGED, LoadInstanceMap, map_labels
from mmseg_ext.data.transforms.other_frames import read_image_of
from mmseg_ext.data.transforms.paste_places import PLACES, Place
from mmseg_ext.data.transforms.pipelines import transforms_of
from mmseg_ext.data.transforms.placement import check_place, has_labels, new_instance_ids


@TRANSFORMS.register_module()
class PasteRareInstances(BaseTransform):
    """Paste instances of rare classes from another frame of the data set into a sample.

    A rare class that nearly always comes with another is recognised by its company. A pasted
    instance keeps its size and its rows, so that the perspective is right, but stands at a column
    drawn uniformly, mirrored in half of the cases. What is pasted lies in front of everything. With
    ``context='usual'`` it is pasted only where what is around it resembles what was around it in
    its own frame: columns are drawn until one is found where the classes in a ring of 10 pixels
    differ by at most a quarter of the ring, 20 times at most; else it is left out.

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

    Which classes can be pasted is checked when the data set lists its files: label files are read
    until one large enough instance of each rare class is found.

    Args:
        dataset: Name of a registered data set whose METAINFO has ``classes`` and ``train_shares``.
        shares: Or the percentage of the training pixels of every class, by class id; 0 for one that
            is nowhere labelled.
        below: Classes below this percentage are rare.
        prob: Probability that a sample is pasted into.
        max_instances: 1 to this number of instances are drawn, each number as likely.
        min_pixels: Instances of fewer pixels are left out.
        context: 'any' or 'usual': where an instance may be pasted.

    Raises:
        ConfigError: An argument is out of its range, the shares are missing, given twice, or none
            is below ``below``; and, when the data set lists its files, ``min_pixels`` leaves out
            every instance of a rare class.

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
        context: str = 'any',
    ) -> None:
        if context not in PLACES:
            allowed = ' or '.join(map(repr, PLACES))
            raise ConfigError(f'PasteRareInstances: context={context!r}, give {allowed}')
        if (dataset is None) == (shares is None):
            raise ConfigError('PasteRareInstances: give either dataset or shares')
        if not 0 <= prob <= 1:
            raise ConfigError(f'PasteRareInstances: prob={prob}, give a number from 0 to 1')
        for name, number in dict(max_instances=max_instances, min_pixels=min_pixels).items():
            if number < 1:
                raise ConfigError(f'PasteRareInstances: {name}={number}, give 1 or more')
        of_classes = _shares_of(dataset) if dataset else list(shares or ())
        self.from_metainfo = dataset is not None
        self.num_classes = len(of_classes)
        self.rare = {c: share for c, share in enumerate(of_classes) if 0 < share < below}
        # Of odds 1/share there are none for these.
        self.absent = [c for c, share in enumerate(of_classes) if not share]
        if not self.rare:
            raise ConfigError(
                f'PasteRareInstances: no class is below {below} % of the training pixels; the '
                f'shares are {of_classes}'
            )
        self.below = below
        self.prob = prob
        self.max_instances = max_instances
        self.min_pixels = min_pixels
        self.context = context

    def check_dataset(self, dataset: Any) -> None:
        """Check that the rare classes can be pasted, and log which they are.

        Args:
            dataset: The data set of mmseg_ext whose pipeline has this transform.

        Raises:
            ConfigError: The shares are not those of its classes, or no frame has an instance of
                ``min_pixels`` of a class of which there are some.
        """
        classes = dataset.metainfo['classes']
        self._check_classes(dataset.label_map, len(classes))
        with_instances = any(
            isinstance(each, LoadInstanceMap) for each in transforms_of(dataset.pipeline)
        )
        most = largest_instances(dataset, tuple(self.rare), with_instances, self.min_pixels)
        for label, number in most.items():
            if 0 < number < self.min_pixels:
                raise ConfigError(
                    f'PasteRareInstances: no instance of {classes[label]!r} has min_pixels='
                    f'{self.min_pixels}, the largest one has {number}, so that it would never be '
                    f'pasted; give min_pixels={number} or less'
                )
        shares = ', '.join(f'{classes[c]} ({share:g} %)' for c, share in self.rare.items())
        print_log(f'PasteRareInstances pastes {shares}', logger='current')
        nowhere = [classes[label] for label, number in most.items() if not number]
        if nowhere:
            print_log(
                f'PasteRareInstances: {", ".join(nowhere)} cannot be pasted, since no frame of '
                f'{type(dataset).__name__} has any; is its split, or its choice of frames, the '
                'right one?',
                logger='current',
                level=logging.WARNING,
            )

    def transform(self, results: dict) -> dict:
        """Paste into one sample.

        Raises:
            ConfigError: The data set is not one of mmseg_ext, a class of share 0 is labelled, or
                the transform stands at the wrong place in the pipeline.
            DataError: The files of the other frame are bad; it names them.
        """
        name = type(self).__name__
        if not has_labels(results, name):
            return results
        check_place(results, name, 'paste into')
        label_map = results.get('label_map')
        self._check_classes(label_map)
        # mmengine and SeededInfiniteSampler seed the global state.
        results[LABELS_CHANGED] = name
        random = np.random
        if random.random() >= self.prob:
            return results
        frames = results['frames']
        image_path, label_path = frames[random.randint(len(frames))]
        labels, instances = results['read_labels'](label_path, 'gt_instance_map' in results)
        labels = map_labels(labels, label_map)
        counts = np.bincount(labels.ravel(), minlength=256)
        forgotten = [c for c in self.absent if counts[c]]
        if forgotten:
            raise ConfigError(
                f'PasteRareInstances: the share of class {forgotten[0]} is 0, but {label_path} has '
                'it; give its share, which may be small, but not 0'
            )
        present = [c for c in self.rare if counts[c] >= self.min_pixels]
        if not present:
            return results
        odds = np.array([1 / self.rare[c] for c in present])
        number = random.randint(1, self.max_instances + 1)
        image = read_image_of(image_path, label_path, labels)
        for label in random.choice(present, number, p=odds / odds.sum()):
            cutouts, are_objects = find_cutouts(labels, instances, label, self.min_pixels)
            if cutouts:
                cutout = cutouts[random.randint(len(cutouts))]
                pasted = PLACES[self.context](results['gt_seg_map'], labels, cutout)
                if pasted:
                    _paste(results, image, pasted, label, are_objects)
        return results

    def _check_classes(
        self, label_map: Mapping[int, int] | None, num_classes: int | None = None
    ) -> None:
        """Check that the shares are those of the data set's classes."""
        if label_map and self.from_metainfo:
            raise ConfigError(
                'PasteRareInstances: this data set has a choice of classes; give shares, one for '
                'each of them, in place of dataset'
            )
        if num_classes is not None and num_classes != self.num_classes:
            raise ConfigError(
                f'PasteRareInstances: {self.num_classes} shares for {num_classes} classes; give '
                'one for each class of the data set'
            )

    def __repr__(self) -> str:
        """Show every argument, and the rare classes in place of where they come from."""
        return (
            f'{type(self).__name__}(rare={self.rare}, below={self.below}, prob={self.prob}, '
            f'max_instances={self.max_instances}, min_pixels={self.min_pixels}, '
            f'context={self.context!r})'
        )


def _paste(results: dict, image: np.ndarray, drawn: Place, label: int, is_object: bool) -> None:
    place, mask, source, mirror = drawn
    results['img'][place][mask] = image[source][:, ::mirror][mask]
    results['gt_seg_map'][place][mask] = label
    if 'gt_instance_map' in results:
        new_id = new_instance_ids(results)[0] if is_object else 0
        results['gt_instance_map'][place][mask] = new_id


def _shares_of(dataset: str) -> list[float]:
    metainfo: Mapping[str, Any] = getattr(DATASETS.get(dataset), 'METAINFO', {})
    shares = metainfo.get('train_shares')
    if not shares:
        raise ConfigError(
            f'PasteRareInstances: no data set {dataset!r} with train_shares in its METAINFO is '
            'registered; give shares, which mmseg-debias check-data counts'
        )
    check_shares(shares, metainfo['classes'])
    return [shares[name] for name in metainfo['classes']]
