"""Training data of which there is nothing, or nothing of some class, to learn."""

from mmengine.runner import Runner

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.checks.seen_classes import see_classes
from mmseg_ext.data.sets.dataset import CheckedSegDataset
from mmseg_ext.data.sets.listed_samples import inner_sets, sample_infos
from mmseg_ext.training.launch import is_main_process

SECONDS = 3.0
"""That long at most are label files looked at; most data sets take some 0.1 s."""


def check_labelled_classes(runner: Runner) -> None:
    """Warn of classes of which the training labels have no pixel.

    Raises:
        ConfigError: A training set of mmseg_ext has no labels.
        DataError: No pixel of any training label is of a class.
    """
    dataset = runner.train_dataloader.dataset
    for each in inner_sets(dataset):
        if isinstance(each, CheckedSegDataset):
            _check_label_files(each)
    classes = (getattr(dataset, 'metainfo', None) or {}).get('classes')
    if not classes or not is_main_process():
        return
    seen = see_classes(dataset, len(classes), SECONDS)
    # A file that cannot be read may have what is missing, and ends the training with its name.
    if not seen.of or seen.pixels.all() or seen.unreadable:
        return
    if not seen.pixels.any() and seen.files == seen.of:
        raise DataError(
            f'every pixel of all {seen.of} training labels is ignored: there is nothing to learn; '
            'mmseg-debias check-data CONFIG lists the labels of every data set'
        )
    missing = [name for name, pixels in zip(classes, seen.pixels, strict=True) if not pixels]
    looked_at = f'{seen.files} of ' if seen.files < seen.of else ''
    runner.logger.warning(
        f'no pixel of {", ".join(missing)} in {looked_at}{seen.of} training labels: the model '
        'cannot learn what it is never shown. mmseg-debias check-data CONFIG counts every '
        'file; add frames, or leave such classes out by metainfo=dict(classes=(...))'
    )


def _check_label_files(dataset: CheckedSegDataset) -> None:
    if not any('seg_map_path' in info for info in sample_infos(dataset)):
        raise ConfigError(
            f'train_dataloader: {type(dataset).__name__} in {dataset.data_root} has no labels to '
            'learn from'
        )
