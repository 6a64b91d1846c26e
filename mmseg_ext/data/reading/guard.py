"""What happens to a sample on its way to the model: its seed, its checks, and what if it is bad."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmseg_ext.common.errors import ConfigError, DataError, PipelineError, UserError
from mmseg_ext.common.machine_faults import machine_fault
from mmseg_ext.common.seeding import SAMPLE, seed_everything
from mmseg_ext.data.reading.readers import describe_ids
from mmseg_ext.data.samplers.draws import Draw
from mmseg_ext.data.transforms.pipelines import order_of

RAISE, SKIP = POLICIES = ('raise', 'skip')
REPLACED = 'replaced_samples'
"""The key in a sample's metainfo that lists the bad samples in whose place it stands."""

_MOST_IN_A_ROW = 100


def check_policy(name: str, policy: str) -> None:
    """Raise a ConfigError where `on_bad_sample` is not a policy."""
    if policy not in POLICIES:
        raise ConfigError(f"{name}: on_bad_sample must be 'raise' or 'skip', it is {policy!r}")


def check_class_count(name: str, num_classes: int, ignore_index: int) -> None:
    """Raise a ConfigError where the ignored pixels have the id of a class."""
    if 0 <= ignore_index < num_classes:
        raise ConfigError(
            f'{name}: id {ignore_index} is that of the ignored pixels and of one of the '
            f'{num_classes} classes; there may be {ignore_index} classes'
        )


def guarded_sample(index: int, fetch: Callable[[int], Any], size: int, policy: str = RAISE) -> Any:
    """Fetch one sample of a data set, with the random stream of its draw.

    Args:
        index: The index; a :class:`~mmseg_ext.data.samplers.draws.Draw` where the sampler gives its
            place.
        fetch: Runs the pipeline on a sample; a bad sample raises a DataError.
        size: Number of samples.
        policy: 'raise', or 'skip' to take another sample in the place of a bad one. Which one
            follows from the draw, so that a resumed training takes the same.

    Returns:
        The sample. In place of bad ones, its metainfo tells their faults under ``REPLACED``: a list
        of messages.

    Raises:
        DataError: The sample is bad and is not skipped, or 100 in a row are bad.
        ConfigError: The sample in the place of a bad one is not packed.
    """
    if not isinstance(index, Draw):
        return fetch(index)
    faults: list[str] = []
    chosen = int(index)
    while True:
        seed_everything(index.seed, SAMPLE, index.position, len(faults))
        if faults:
            # Another than the one that was bad; NumPy's global state was just seeded.
            chosen = (chosen + 1 + np.random.randint(max(1, size - 1))) % size  # noqa: NPY002
        try:
            sample = fetch(chosen)
            break
        except DataError as error:
            if policy == RAISE:
                raise
            faults.append(str(error))
            # At the level of errors, which the logs of all processes show.
            print_log(f'bad sample skipped: {error}', logger='current', level=logging.ERROR)
            if len(faults) == _MOST_IN_A_ROW:
                raise DataError(
                    f'{_MOST_IN_A_ROW} samples drawn one after the other are bad, the last: {error}'
                ) from None
    if faults:
        if not isinstance(sample, dict) or 'data_samples' not in sample:
            raise ConfigError("on_bad_sample='skip' needs a pipeline that ends in PackSegInputs")
        sample['data_samples'].set_metainfo({REPLACED: faults})
    return sample


def run_pipeline(make: Callable[[], Any], files: str, dataset: Any) -> Any:
    """Run a sample's pipeline and name its files in whatever goes wrong.

    Raises:
        ConfigError: A transform stands at the wrong place; it names all, in order.
        DataError: The pipeline fails, or gives None, for which mmengine would silently take another
            sample.
    """
    try:
        sample = make()
    except PipelineError as error:
        raise ConfigError(f'{error}. The pipeline is: {order_of(dataset)}') from error
    except UserError:
        raise
    except Exception as error:
        # The sample is not to blame, and not to be skipped.
        if machine_fault(error) is not None:
            raise
        raise DataError(f'{files}: {type(error).__name__}: {error}') from error
    if sample is None:
        raise DataError(f'{files}: a transform of the pipeline gave None for this sample')
    return sample


def check_ids(sample: Any, num_classes: int, ignore_index: int, files: str) -> None:
    """Check that the labels of a packed sample are ids of classes; others pass.

    An id out of range is an IndexError without a file name in a loss on the CPU and ends a process
    on a GPU; a metric counts it as a false positive.

    Raises:
        DataError: There are other ids; it tells which, and on how many pixels.
    """
    packed = sample.get('data_samples') if isinstance(sample, dict) else None
    if packed is None or 'gt_sem_seg' not in packed:
        return
    labels = packed.gt_sem_seg.data.numpy()
    wrong = ((labels < 0) | (labels >= num_classes)) & (labels != ignore_index)
    if wrong.any():
        found = describe_ids(labels[wrong])
        raise DataError(
            f'{files}: {found} in the labels after the pipeline; valid ids are 0-{num_classes - 1} '
            f'and {ignore_index} (ignored)'
        )
