"""A wrapper that gives any data set of mmseg what those of mmseg_ext have."""

import os
from typing import Any

from mmengine.dataset import BaseDataset
from mmseg.registry import DATASETS

from mmseg_ext.common.batches import named_files
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.reading.bit_depth import check_8bit_image
from mmseg_ext.data.reading.guard import (
    RAISE,
    check_class_count,
    check_ids,
    check_policy,
    guarded_sample,
    run_pipeline,
)
from mmseg_ext.data.reading.readers import check_label_file
from mmseg_ext.data.sets.dataset import CheckedSegDataset
from mmseg_ext.data.transforms.pipeline_order import check_mixing
from mmseg_ext.data.transforms.pipelines import all_inside
from mmseg_ext.data.transforms.seg_fields import begin_fields


@DATASETS.register_module()
class GuardedDataset:
    """Any data set, with seeded samples, checked labels and a policy for bad samples.

    For `BaseSegDataset` and its like, `ConcatDataset` and other wrappers. Data sets of mmseg_ext
    need it only inside another wrapper: `GuardedDataset(ConcatDataset(CamVidDataset, ...))`.

    - With `SeededInfiniteSampler` the sample's augmentation follows from seed and position.
    - An image of more than 8 bits a channel is a DataError.
    - Whatever goes wrong in the pipeline is a DataError that names the sample's files; so is a
      pipeline that gives None, a label id that is neither a class nor ignored, and a label PNG
      on local disk whose checksums are wrong: mmseg reads labels by Pillow, which skips them.
    - A map that is loaded twice is a ConfigError that names the transforms in their order.
    - A bad sample ends the training, or is skipped as `on_bad_sample` says.

    Args:
        dataset: Config of the data set, or the data set.
        on_bad_sample: 'raise', or 'skip' to train on another sample instead; that needs
            `SeededInfiniteSampler` and is counted by `BadSampleHook`.
        max_bad_share: With 'skip', the share of the data set's samples that may be bad, in [0, 1].
        ignore_index: The label of pixels that are not counted.

    Raises:
        ConfigError: `on_bad_sample` is not a policy, or given to a data set inside of this one; the
            data set does not tell its classes, `ignore_index` is one of them, or frames are mixed
            whose instance maps are loaded.
    """

    seeds_draws = True

    def __init__(
        self,
        dataset: Any,
        on_bad_sample: str = RAISE,
        max_bad_share: float = 0.01,
        ignore_index: int = 255,
    ) -> None:
        check_policy('GuardedDataset', on_bad_sample)
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        if not self.metainfo.get('classes'):
            raise ConfigError(
                f'GuardedDataset: {type(self.dataset).__name__} does not tell its classes, which '
                'labels are checked by; give metainfo=dict(classes=(...)) in its config'
            )
        check_class_count('GuardedDataset', len(self.metainfo['classes']), ignore_index)
        self.on_bad_sample = on_bad_sample
        self.max_bad_share = max_bad_share
        self.ignore_index = ignore_index
        check_mixing(self.dataset)
        for each in all_inside(self.dataset):
            _never_replace(each)
            if isinstance(each, BaseDataset) and not isinstance(each, CheckedSegDataset):
                each.pipeline.transforms.insert(0, begin_fields)

    @property
    def metainfo(self) -> dict:
        """Return the data set's classes and palette."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """List the data set's files."""
        self.dataset.full_init()

    def get_data_info(self, idx: int) -> dict:
        """Return the entry of one sample in the data set's list."""
        return self.dataset.get_data_info(int(idx))

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, idx: int) -> Any:
        """Run the pipeline on one sample.

        Raises:
            DataError: The sample is bad; it names the files.
        """
        return guarded_sample(idx, self._fetch, len(self), self.on_bad_sample)

    def _fetch(self, index: int) -> Any:
        info = self.get_data_info(index)
        files = named_files(info) or f'sample {index}'
        # Either may be elsewhere than on disk, or be several.
        for key, check in (('img_path', check_8bit_image), ('seg_map_path', check_label_file)):
            if isinstance(info.get(key), str) and os.path.isfile(info[key]):
                check(info[key])
        sample = run_pipeline(lambda: self.dataset[index], files, self.dataset)
        check_ids(sample, len(self.metainfo['classes']), self.ignore_index, files)
        return sample


def _never_replace(dataset: Any) -> None:
    """Let a data set inside fail: replacing a bad sample is for the outermost one."""
    if getattr(dataset, 'on_bad_sample', RAISE) != RAISE:
        raise ConfigError(
            f'GuardedDataset: on_bad_sample={dataset.on_bad_sample!r} of the '
            f'{type(dataset).__name__} inside has no effect; give it to GuardedDataset'
        )
    # mmengine's would take a random other sample for a None.
    if isinstance(dataset, BaseDataset):
        dataset.max_refetch = 0
