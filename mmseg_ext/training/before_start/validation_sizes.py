"""The images of a validation batch must have one size."""

from typing import Any

from mmengine.dataset import DefaultSampler
from mmengine.runner import Runner
from PIL import Image
from torch.utils.data import DataLoader

from mmseg_ext.common.batches import named_files
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.heads import plain_model
from mmseg_ext.training.before_start.one_batch.samples import samples_at
from mmseg_ext.training.before_start.one_batch.together import together
from mmseg_ext.training.before_start.one_batch.undisturbed import undisturbed


@together
def check_validation_sizes(runner: Runner) -> None:
    """Look for a batch of images that the pipeline leaves at different sizes.

    The sizes of the files are read from their headers; only where they differ within a batch do
    two of its images go through the pipeline. Batches of one image need no look.

    Raises:
        ConfigError: There is such a batch.
    """
    if runner.val_loop is None:
        return
    loader = runner.val_loop.dataloader
    batch_size = loader.batch_size or 1
    # Of other samplers the order is not known.
    if batch_size == 1 or not isinstance(loader.sampler, DefaultSampler):
        return
    indices = list(loader.sampler)
    batches = [indices[i : i + batch_size] for i in range(0, len(indices), batch_size)]
    seen: set[frozenset] = set()
    for batch in batches:
        sizes = {_file_size(loader.dataset, index): index for index in batch}
        pair = list(sizes)[:2]
        if len(pair) == 2 and frozenset(pair) not in seen:
            seen.add(frozenset(pair))
            with undisturbed(plain_model(runner)):
                _compare(loader, [sizes[size] for size in pair])


def _file_size(dataset: Any, index: int) -> tuple[int, int] | None:
    try:
        with Image.open(dataset.get_data_info(index)['img_path']) as image:
            return image.size
    # What is wrong with the file is said where it is read.
    except (AttributeError, KeyError, OSError, ValueError, Image.DecompressionBombError):
        return None


def _compare(loader: DataLoader, indices: list[int]) -> None:
    samples = samples_at(loader, indices)
    shapes = [tuple(sample['inputs'].shape[-2:]) for sample in samples]
    if shapes[0] != shapes[1]:
        named = ' and '.join(
            f'{named_files(sample["data_samples"].metainfo)} ({height}×{width})'
            for sample, (height, width) in zip(samples, shapes, strict=True)
        )
        raise ConfigError(
            f'val_dataloader.batch_size={loader.batch_size}: a batch would hold images of '
            f'different sizes, {named}; set val_dataloader.batch_size=1, or resize them '
            'to one size in the pipeline'
        )
