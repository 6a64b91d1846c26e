"""What all data sets have in common: folders, pairs and errors that name the file."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from mmseg.datasets import BaseSegDataset

from mmseg_ext.common.batches import named_files
from mmseg_ext.common.class_names import check_names, check_shares
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.reading.bit_depth import check_8bit_image
from mmseg_ext.data.reading.guard import (
    RAISE,
    check_class_count,
    check_ids,
    check_policy,
    guarded_sample,
    run_pipeline,
)
from mmseg_ext.data.reading.pairing import IMAGE_SUFFIXES, Pairing, list_files, not_read
from mmseg_ext.data.reading.readers import IGNORE_INDEX, check_image_file
from mmseg_ext.data.transforms.loading import map_labels
from mmseg_ext.data.transforms.pipelines import transforms_of
from mmseg_ext.data.transforms.seg_fields import begin_fields

LabelReader = Callable[..., tuple[np.ndarray, np.ndarray | None]]
"""``(path, with_instances=True)`` to labels, uint8 (H, W), 255 ignored, and to the instance map,
int32 (H, W), 0 = no instance, or None where there is none or ``with_instances`` is false."""


class CheckedSegDataset(BaseSegDataset):
    """A segmentation data set on local disk of which nothing is taken on trust.

    A subclass sets ``METAINFO`` (classes, palette, thing_classes, and where they were counted
    train_shares: the percentage of the labelled training pixels by class; drive_pattern where file
    names tell the drives, see :mod:`~mmseg_ext.evaluation.drive_patterns`), ``SPLITS`` and
    ``README``, and implements :meth:`find_pairs` and :meth:`label_reader`. Labels are then loaded
    by the transforms ``LoadCheckedLabels`` and ``LoadInstanceMap``.

    Args:
        split: One of the class's ``SPLITS``; None for a class that has none.
        on_bad_sample: 'raise', or 'skip' to train on another sample in the place of a bad one; that
            needs ``SeededInfiniteSampler``, and ``BadSampleHook`` counts and lists them.
        max_bad_share: With 'skip', the share of the samples that may be bad, in [0, 1].
        unlabelled_images: A folder of images to predict, in the place of the samples of the split:
            without labels, of the class's ``IMAGE_SUFFIXES``, which are those of PNG and JPEG.
        **kwargs: Passed on to mmseg's ``BaseSegDataset``: ``data_root``, ``pipeline``,
            ``metainfo``, ``indices``, ``test_mode``, …

    A transform with a method ``check_dataset`` is given the data set once its files are listed.
    """

    SPLITS: Sequence[str] = ()
    README: str = ''
    IMAGE_SUFFIXES: Sequence[str] = IMAGE_SUFFIXES
    seeds_draws = True

    def __init__(
        self,
        split: str | None = None,
        on_bad_sample: str = RAISE,
        max_bad_share: float = 0.01,
        unlabelled_images: str | None = None,
        **kwargs: Any,
    ) -> None:
        name = type(self).__name__
        check_policy(name, on_bad_sample)
        self.on_bad_sample = on_bad_sample
        self.max_bad_share = max_bad_share
        if self.SPLITS:
            if split not in self.SPLITS:
                raise ConfigError(
                    f'{name}: split={split!r} is not one of {", ".join(map(repr, self.SPLITS))}'
                )
            for key in ('data_prefix', 'img_suffix', 'seg_map_suffix'):
                if kwargs.get(key):
                    raise ConfigError(
                        f'{name} finds its files from data_root and split; '
                        f'remove {key}={kwargs[key]!r}'
                    )
        elif split is not None:
            raise ConfigError(f'{name} takes no split; choose it by data_prefix')
        if kwargs.get('ann_file'):
            raise ConfigError(
                f'{name} takes every file of its folders; remove ann_file={kwargs["ann_file"]!r} '
                'and choose a part of the samples by indices'
            )
        if kwargs.get('backend_args'):
            raise ConfigError(
                f'{name} reads from local disk; remove backend_args={kwargs["backend_args"]!r}'
            )
        if kwargs.get('reduce_zero_label'):
            raise ConfigError(f'{name}: id 0 is a class here; remove reduce_zero_label')
        if kwargs.get('ignore_index', IGNORE_INDEX) != IGNORE_INDEX:
            raise ConfigError(
                f'{name} gives ignored pixels the id {IGNORE_INDEX}; remove '
                f'ignore_index={kwargs["ignore_index"]!r}'
            )
        if kwargs.get('indices') in (0, [], ()):
            raise ConfigError(f'{name}: indices={kwargs["indices"]!r} leaves no sample')
        self.split = split
        self.unlabelled_images = unlabelled_images
        super().__init__(**kwargs)
        check_class_count(name, len(self._metainfo['classes']), IGNORE_INDEX)
        self._check_class_names()

    def _check_class_names(self) -> None:
        """Check the names in the metainfo, and leave out the things that were not chosen."""
        name, chosen = type(self).__name__, self._metainfo['classes']
        known = {*(self.METAINFO.get('classes') or ()), *chosen}
        things = self._metainfo.get('thing_classes', ())
        check_names(f'{name}: thing_classes', things, known)
        self._metainfo['thing_classes'] = tuple(thing for thing in things if thing in chosen)
        shares = self._metainfo.get('train_shares')
        if shares is not None:
            check_names(f'{name}: train_shares', shares, known)
            check_shares(shares, chosen)

    def find_pairs(self) -> Pairing:
        """Find the files of this split.

        Raises:
            DataError: If the root or a folder in it is missing.
        """
        raise NotImplementedError

    def pairs(self) -> Pairing:
        """Find the files of this split, or the images that were asked for in their place.

        Raises:
            DataError: If the root or a folder is missing.
        """
        if self.unlabelled_images is None:
            return self.find_pairs()
        folder = Path(self.unlabelled_images)
        if not folder.is_dir():
            raise DataError(f'{type(self).__name__}: unlabelled_images={folder}: no such folder')
        files = list_files(folder, self.IMAGE_SUFFIXES)
        return Pairing([(path, None) for path in files], not_read(files.unread, 'image'))

    def label_reader(self) -> LabelReader:
        """Return the function that reads a label file.

        It must be picklable: a function of a module or a ``functools.partial`` of one.
        """
        raise NotImplementedError

    def root(self) -> Path:
        """Return the existing root folder.

        Raises:
            DataError: If it is missing; the message says how to get the data.
        """
        root = Path(self.data_root or '.')
        if not root.is_dir():
            raise DataError(
                f'{type(self).__name__}: no folder {root.absolute()}. If the data are elsewhere, '
                'set the environment variable MMSEG_EXT_DATA to the folder that holds all data '
                'sets, or give the folder of this one by --cfg-options data_root=DIR. How to get '
                f'the data: data/README.md, section "{self.README}"'
            )
        return root

    def folder(self, relative: str) -> Path:
        """Return an existing folder below the root.

        Raises:
            DataError: If it or the root is missing.
        """
        path = self.root() / relative
        if not path.is_dir():
            raise DataError(
                f'{type(self).__name__}: no folder {path.absolute()}. The layout is '
                f'described in data/README.md, section "{self.README}"'
            )
        return path

    def load_data_list(self) -> list[dict]:
        """List the samples of the split.

        Returns:
            For each a dict with ``img_path``, ``seg_map_path`` where there are labels,
            ``label_map``, ``reduce_zero_label`` and ``seg_fields``.

        Raises:
            DataError: If folders or files are missing or a file has no partner.
        """
        pairs, problems = self.pairs()
        if not pairs and not problems:
            problems = ['no images found']
        if problems:
            where = f'{type(self).__name__} in {self.unlabelled_images or self.root()}'
            raise DataError(f'{where}: ' + '; '.join(problems))
        return [self.sample(image, label) for image, label in pairs]

    def sample(self, image: Path, label: Path | None) -> dict:
        """Build the entry of one pair in the list of samples."""
        info: dict[str, Any] = {
            'img_path': str(image),
            'label_map': self.label_map,
            'reduce_zero_label': False,
            'seg_fields': [],
        }
        if label is not None:
            info['seg_map_path'] = str(label)
        return info

    def full_init(self) -> None:
        """List the samples, and let the transforms check whether they can do their work on them.

        Raises:
            DataError: If folders or files are missing or a file has no partner.
            ConfigError: If a transform cannot work on this data set.
        """
        if self._fully_initialized:
            return
        super().full_init()
        for transform in transforms_of(self.pipeline):
            if hasattr(transform, 'check_dataset'):
                transform.check_dataset(self)

    def get_data_info(self, idx: int) -> dict:
        """Return one sample's entry, with what transforms need to know of the data set.

        ``read_labels`` is the reader of label files, ``frames`` are the :class:`Frames`,
        ``seg_fields`` takes the name of each map once.
        """
        info = super().get_data_info(idx)
        info['read_labels'] = self.label_reader()
        info['frames'] = Frames(self)
        return begin_fields(info)

    def class_pixels(self) -> np.ndarray:
        """Count the labelled pixels of each class in each sample, by reading every label file.

        Returns:
            int64, shape (N, C); zeros for a sample without labels.

        Raises:
            DataError: A label file is bad; it names the file.
        """
        classes = len(self.metainfo['classes'])

        def count(index: int) -> np.ndarray:
            info = self.get_data_info(index)
            if 'seg_map_path' not in info:
                return np.zeros(classes, np.int64)
            labels, _ = info['read_labels'](info['seg_map_path'], with_instances=False)
            labels = map_labels(labels, self.label_map)
            return np.bincount(labels.ravel(), minlength=256)[:classes]

        with ThreadPoolExecutor() as pool:
            return np.stack(list(pool.map(count, range(len(self)))))

    def __getitem__(self, idx: int) -> Any:
        """Run the pipeline on one sample, with the random stream of its draw.

        Raises:
            DataError: The sample is bad; it names the files.
        """
        self.full_init()
        return guarded_sample(idx, self.prepare_data, len(self), self.on_bad_sample)

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on one sample.

        Raises:
            DataError: If the image file is missing, empty, truncated or not of 8 bits, if the
                pipeline fails or gives None, or if its labels hold an id that is no class; it names
                the sample's files.
            ConfigError: If a transform stands at the wrong place in the pipeline.
        """
        info = self.get_data_info(idx)
        check_image_file(info['img_path'])
        check_8bit_image(info['img_path'])
        files = named_files(info)
        sample = run_pipeline(lambda: self.pipeline(info), files, self)
        check_ids(sample, len(self._metainfo['classes']), self.ignore_index, files)
        return sample


class Frames:
    """The image and the label file of every sample of a labelled data set, found when asked for."""

    def __init__(self, dataset: CheckedSegDataset) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._dataset)

    def __getitem__(self, index: int) -> tuple[str, str]:
        """Return the paths of one sample."""
        info = BaseSegDataset.get_data_info(self._dataset, index)
        return info['img_path'], info['seg_map_path']

    def __deepcopy__(self, memo: dict) -> 'Frames':
        """Stay the same: mmcv copies whole samples for test-time augmentation."""
        return self
