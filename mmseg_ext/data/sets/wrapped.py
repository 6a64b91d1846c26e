"""What lies inside data sets that wrap others: mmengine's, mmseg's and ours."""

from typing import Any

import numpy as np

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.sets.dataset import CheckedSegDataset


def class_pixels(dataset: Any) -> np.ndarray:
    """Count the labelled pixels of each class in each sample, in the order of a data set.

    Args:
        dataset: A data set of mmseg_ext, or a wrapper of such: `ConcatDataset`, `RepeatDataset`,
            `ClassBalancedDataset`, `GuardedDataset`, `MultiImageMixDataset` (where the counts are
            those of the image that is drawn, not of those mixed into it), and one's own with
            ``dataset`` inside and a sample for each of its samples.

    Returns:
        int64, shape (N, C).

    Raises:
        ConfigError: There is another data set inside, or joined ones differ in their classes.
        DataError: A label file is bad; it names the file.
    """
    if isinstance(dataset, CheckedSegDataset):
        return dataset.class_pixels()
    if hasattr(dataset, 'datasets'):
        joined = [class_pixels(each) for each in dataset.datasets]
        numbers = {counts.shape[1] for counts in joined}
        if len(numbers) > 1:
            raise ConfigError(
                f'{type(dataset).__name__} joins data sets of {sorted(numbers)} classes; give all '
                'of them the same'
            )
        return np.concatenate(joined)
    inner = getattr(dataset, 'dataset', None)
    if inner is None:
        raise ConfigError(
            f'the classes of an image are known for data sets of mmseg_ext, not for '
            f"{type(dataset).__name__}; use sampler=dict(type='SeededInfiniteSampler'), or make it "
            'a data set of mmseg_ext (data/README.md, "Your own data set")'
        )
    counts = class_pixels(inner)
    if hasattr(dataset, '_get_ori_dataset_idx'):
        return counts[[dataset._get_ori_dataset_idx(index) for index in range(len(dataset))]]
    if len(counts) != len(dataset):
        raise ConfigError(
            f'{type(dataset).__name__} has {len(dataset)} samples of a data set of {len(counts)}, '
            'and does not tell which; put the choice into the data set inside (indices)'
        )
    return counts
