"""A data set of one's own that a config describes: folders, classes, splits."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.folders.class_list import IDS, read_classes
from mmseg_ext.data.folders.distinct_colours import distinct_colours
from mmseg_ext.data.folders.files import IMAGE_SUFFIXES, Files, find_files
from mmseg_ext.data.folders.splits import (
    check_autosplit,
    hashed_splits,
    listed_images,
    split_names,
)
from mmseg_ext.data.labels.folder import read_folder_labels
from mmseg_ext.data.reading.pairing import FileList, Pairing
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.evaluation.drives import METAINFO_KEY, compile_pattern


@DATASETS.register_module()
class FolderDataset(CheckedSegDataset):
    """Images and label files in folders, with classes and splits as the config says.

    Image and label are paired by their paths, see :mod:`~mmseg_ext.data.folders.files`: below two
    folders by path and name without suffix, below patterns by what the wildcards stand for.

    Args:
        images: Folder or pattern of the images, relative to ``data_root``, in any format of OpenCV
            with 8 bits a channel; a folder stands for all that is in it and in its folders.
        labels: Folder or pattern of the label files: PNG, BMP or TIFF.
        classes: Names, or ``dict(name=…, ids=…, colours=…)`` each, in the order of the training
            ids: see :func:`~mmseg_ext.data.folders.class_list.read_classes`; where one has no
            colour, pictures show them in those of
            :func:`~mmseg_ext.data.folders.distinct_colours.distinct_colours`.
        encoding: 'ids' for label files of ids (8 or 16 bits; of a palette, the indices count), or
            'colours'.
        ignore: Ids or colours that neither the loss nor the metrics count.
        label_suffix: What the names of label files have behind those of their images: '_mask'.
        split: The split, where there are some: ``{split}`` in `images` and `labels` stands for it,
            or `split_list` or `autosplit` say which images it has; None for all images.
        split_list: A list of images, one a line, relative to ``data_root``, with ``{split}`` in it.
        autosplit: Fractions of train and val, or of train, val and test: each image falls into a
            split by a hash of its name, and stays there when others come.
        drive_pattern: A regular expression whose groups name the drive (sequence, patient, scene)
            of an image: `autosplit` keeps a drive in one split, and reports resample over drives.
        **kwargs: See :class:`CheckedSegDataset`; ``metainfo`` may have train_shares and
            thing_classes.

    Raises:
        ConfigError: An argument is not so, or two of them say which images a split has.
    """

    METAINFO: dict[str, Any] = dict(thing_classes=())
    IMAGE_SUFFIXES = IMAGE_SUFFIXES
    README = 'Own data in folders'

    def __init__(
        self,
        images: str,
        labels: str,
        classes: Sequence[str | Mapping[str, Any]],
        encoding: str = IDS,
        ignore: Any = (),
        label_suffix: str = '',
        split: str | None = None,
        split_list: str | None = None,
        autosplit: Sequence[float] | None = None,
        drive_pattern: str | None = None,
        metainfo: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        try:
            names, palette, self.table = read_classes(classes, ignore, encoding)
            self.fractions = None if autosplit is None else check_autosplit(autosplit)
        except ConfigError as error:
            raise ConfigError(f'FolderDataset: {error}') from None
        if drive_pattern is not None:
            compile_pattern(drive_pattern, f'FolderDataset: {METAINFO_KEY}')
        for key, value in (('images', images), ('labels', labels)):
            if not isinstance(value, str):
                raise ConfigError(
                    f'FolderDataset: {key}={value!r}: give one folder or pattern as a text; '
                    'several folders are a pattern, or several data sets in a ConcatDataset'
                )
        self.drive_pattern = drive_pattern
        self.images, self.labels, self.split_list = images, labels, split_list
        if Path(label_suffix).suffix:
            raise ConfigError(
                f'FolderDataset: label_suffix={label_suffix!r} stands before the suffix of the '
                f'file; give {Path(label_suffix).stem!r}'
            )
        self.label_suffix = label_suffix
        self.SPLITS = self._splits(split)
        metainfo = dict(metainfo or {})
        for key in ('classes', 'palette', METAINFO_KEY):
            if key in metainfo:
                raise ConfigError(
                    f'FolderDataset: {key} in metainfo; give classes with their colours, and '
                    f'{METAINFO_KEY}, as arguments'
                )
        metainfo |= {'classes': names, 'palette': palette or distinct_colours(len(names))}
        super().__init__(split=split, metainfo=metainfo, **kwargs)
        if drive_pattern is not None:
            # As a text in metainfo, mmengine would take it for the name of a file.
            self._metainfo[METAINFO_KEY] = drive_pattern

    def _splits(self, split: str | None) -> Sequence[Any]:
        """Return the splits that there may be; None alone where the data are not split."""
        named = '{split}' in self.images or '{split}' in self.labels
        ways = [named, self.split_list is not None, self.fractions is not None]
        if sum(ways) > 1:
            raise ConfigError(
                'FolderDataset: give one of {split} in images and labels, split_list and autosplit'
            )
        if self.split_list is not None and '{split}' not in self.split_list:
            raise ConfigError(
                f'FolderDataset: split_list={self.split_list!r} has no {{split}} in it, which '
                "stands for the split: 'lists/{split}.txt'"
            )
        if self.fractions is not None:
            return split_names(self.fractions)
        if not any(ways):
            if split is not None:
                raise ConfigError(
                    f'FolderDataset: split={split!r}, and nothing says which images are in it; '
                    'give {split} in images and labels, split_list or autosplit'
                )
            return (None,)
        if not isinstance(split, str) or not split:
            raise ConfigError(f'FolderDataset: split={split!r}: give the name of a split')
        return (split,)

    def find_pairs(self) -> Pairing:
        """Find the files of this split."""
        root, split = self.root(), self.split or ''
        try:
            files = find_files(
                root,
                self.images.replace('{split}', split),
                self.labels.replace('{split}', split),
                self.label_suffix,
            )
        except (ConfigError, DataError) as error:
            raise type(error)(f'FolderDataset: {error}') from None
        if self.split_list is not None:
            return self._listed(files, root / self.split_list.replace('{split}', split))
        pairs, problems = files.pair()
        if self.fractions is None or problems:
            return Pairing(pairs, problems)
        of = hashed_splits(files, self.fractions, self.drive_pattern)
        chosen = [(image, label) for image, label in pairs if of[image] == split]
        if pairs and not chosen:
            problems.append(
                f'autosplit={self.fractions} puts none of the {len(pairs)} images into '
                f'{split!r}; give other fractions, or a split_list'
            )
        return Pairing(chosen, problems)

    def _listed(self, files: Files, file: Path) -> Pairing:
        keys = {path: files.image_key(path) for path in files.images}
        images, problems = listed_images(file, keys, self.root())
        wanted = {keys[path] for path in images}
        labels = [path for path in files.labels if files.label_key(path) in wanted]
        unread = [path for path in files.labels.unread if files.label_key(path) in wanted]
        chosen = files._replace(images=FileList(images), labels=FileList(labels, unread))
        pairs, others = chosen.pair()
        return Pairing(pairs, problems + others)

    def label_reader(self) -> LabelReader:
        """Return :func:`read_folder_labels` with the declared classes."""
        return partial(read_folder_labels, table=self.table, encoding=self.encoding)
