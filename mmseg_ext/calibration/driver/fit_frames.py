"""The frames that a model is calibrated on."""

import copy
from typing import Any

import numpy as np
from mmengine.config import Config, ConfigDict
from mmseg.registry import DATASETS

from mmseg_ext.common.config_parts import require_parts, type_name, with_pipelines
from mmseg_ext.common.contributions import NEED_LABELS
from mmseg_ext.common.errors import ConfigError, UserError
from mmseg_ext.data.checks.overlaps import listed, same_files
from mmseg_ext.data.sets.listed_samples import image_files
from mmseg_ext.data.transforms.corrupt import corrupted_pipeline

SPLITS = ('train', 'val')
_USE = 'calibration'


def check_split(split: str) -> None:
    """Check the name of a split.

    Raises:
        ConfigError: It is the test split, or none.
    """
    if split == 'test':
        raise ConfigError(
            '--split test: a model that was calibrated on the test frames could not be tested on '
            'them any more; fit on train, or on val where that is like the test set'
        )
    if split not in SPLITS:
        raise ConfigError(f'--split {split}: give one of {", ".join(SPLITS)}')


def fit_set(config: Config, split: str, style: dict | None = None) -> Any:
    """Build the data set of a split, with a pipeline as in a test.

    Args:
        config: The config; of `train_dataloader` the data sets inside of all wrappers get the
            pipeline of the test, or of the validation where the test loads no labels.
        split: 'train' or 'val'.
        style: Arguments of `Corrupt`, which every image goes through first.

    Raises:
        ConfigError: There is no such data set, no such pipeline, or data sets that are joined have
            other classes.
        DataError: Files are missing.
    """
    check_split(split)
    require_parts(config, _USE, 'model', f'{split}_dataloader')
    dataset = copy.deepcopy(config[f'{split}_dataloader'].dataset)
    if split == 'val':
        for part in with_pipelines(dataset):
            part.pipeline = _styled(part.pipeline, style)
        return DATASETS.build(dataset)
    pipeline = _styled(_test_pipeline(config), style)
    parts = _innermost(dataset)
    for part in parts:
        part.pipeline = pipeline
        part.test_mode = True
        # What is bad is told, not replaced.
        part.pop('on_bad_sample', None)
        part.pop('max_bad_share', None)
    if len(parts) == 1:
        return DATASETS.build(parts[0])
    try:
        return DATASETS.build(dict(type='ConcatDataset', datasets=parts))
    except (TypeError, ValueError) as error:
        raise ConfigError(f'train_dataloader: its data sets differ: {error}') from error


def _test_pipeline(config: Config) -> list:
    for use in ('test', 'val'):
        for each in with_pipelines((config.get(f'{use}_dataloader') or {}).get('dataset')):
            if any(type_name(step) in NEED_LABELS for step in each.pipeline):
                return each.pipeline
    raise ConfigError(
        f'{_USE} needs a test_dataloader or val_dataloader whose pipeline loads labels, to take '
        'frames through it'
    )


def _styled(pipeline: list, style: dict | None) -> list:
    return pipeline if style is None else corrupted_pipeline(pipeline, style, '--remove-style')


def _innermost(dataset: ConfigDict) -> list[ConfigDict]:
    inner = dataset.get('datasets') or [dataset[key] for key in ('dataset',) if key in dataset]
    return [found for each in inner for found in _innermost(each)] if inner else [dataset]


def refuse_test_frames(config: Config, dataset: Any) -> str | None:
    """Check that no frame to fit on is one to be tested on, by whatever path or link.

    Nothing is checked where the config has `allow_overlap`.

    Args:
        config: The config.
        dataset: What is fitted on.

    Returns:
        A note where the test frames are not at hand, so that nothing could be compared.

    Raises:
        ConfigError: There are such frames; it names some.
    """
    loader = config.get('test_dataloader')
    if config.get('allow_overlap') or not loader:
        return None
    part = copy.deepcopy(loader.dataset)
    for each in with_pipelines(part):
        each.pipeline = []
    try:
        tested = image_files(DATASETS.build(part))
    except (UserError, OSError) as error:
        return (
            f'whether frames are test frames too was not checked, for those are not here: {error}'
        )
    both = same_files(tested, image_files(dataset))
    if both:
        raise ConfigError(
            f'{len(both)} of the {len(dataset)} frames to fit on are in test_dataloader too: '
            f'{listed(both)}. What is then measured on them says nothing about new frames: fit on '
            'another split, or set test_dataloader to other frames'
        )
    return None


def sample_frames(total: int, frames: int, seed: int) -> list[int]:
    """Draw frames without repetition, all where there are no more; in ascending order."""
    if frames >= total:
        return list(range(total))
    drawn = np.random.default_rng(seed).choice(total, frames, replace=False)
    return sorted(drawn.tolist())
