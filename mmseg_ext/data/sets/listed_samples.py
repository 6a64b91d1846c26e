"""The data sets inside of wrappers, and the samples that they list."""

from collections.abc import Iterator
from typing import Any

from mmengine.dataset import BaseDataset


def inner_sets(dataset: Any) -> Iterator[Any]:
    """Yield a built data set, or those inside of its wrappers, such as `ConcatDataset`."""
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    if inner == [None]:
        yield dataset
        return
    for each in inner:
        yield from inner_sets(each)


def sample_infos(dataset: Any) -> list[dict[str, Any]]:
    """Return the entry of every sample in the list of a data set; none where it keeps no such list.

    Args:
        dataset: A data set without wrapper.
    """
    if not isinstance(dataset, BaseDataset):
        return []
    dataset.full_init()
    # What a subclass adds is for the pipeline.
    return [BaseDataset.get_data_info(dataset, index) for index in range(len(dataset))]


def image_files(dataset: Any) -> list[str]:
    """Return the image file of every sample that has one, of all sets inside of wrappers."""
    return [
        info['img_path']
        for each in inner_sets(dataset)
        for info in sample_infos(each)
        if info.get('img_path')
    ]
