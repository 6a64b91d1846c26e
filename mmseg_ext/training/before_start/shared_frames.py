"""Frames that a model is trained and evaluated on."""

import copy
import sys

from mmengine.runner import Runner
from mmseg.registry import DATASETS

from mmseg_ext.common.config_parts import with_pipelines
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.checks.overlaps import listed, same_files
from mmseg_ext.data.sets.listed_samples import image_files
from mmseg_ext.training.launch import is_main_process


def check_overlap(runner: Runner) -> None:
    """Check that no frame is trained and validated on, unless the config has `allow_overlap`.

    The same file counts, by whatever path or link; the same pixels in another file are for
    ``mmseg-debias check-data`` to find.

    Raises:
        ConfigError: There are such frames; it names some.
    """
    if runner.cfg.get('allow_overlap') or runner.val_loop is None:
        return
    validated = image_files(runner.val_dataloader.dataset)
    both = same_files(image_files(runner.train_dataloader.dataset), validated)
    if both:
        raise ConfigError(
            f'{len(both)} of {len(validated)} validation images are training images too: '
            f'{listed(both)}. Scores on them say nothing about new images: give val_dataloader '
            'others, or --allow-overlap (allow_overlap=True in the config) for a deliberate overfit'
        )


def warn_of_training_frames(runner: Runner) -> None:
    """Warn where a test is of frames that the config trains on.

    Nothing is said where the training data are not at hand, which a test does not need.
    """
    loader = runner.cfg.get('train_dataloader')
    if runner.cfg.get('allow_overlap') or not loader or not is_main_process():
        return
    config = copy.deepcopy(loader['dataset'])
    for part in with_pipelines(config):
        part['pipeline'] = []
    try:
        trained = image_files(DATASETS.build(config))
    # Whatever hinders a training that nobody asked for.
    except Exception:
        return
    tested = image_files(runner.test_dataloader.dataset)
    both = same_files(trained, tested)
    if both:
        print(
            f'warning: {len(both)} of {len(tested)} test images are in train_dataloader too: '
            f'{listed(both)}. Scores on them say nothing about new images',
            file=sys.stderr,
        )
