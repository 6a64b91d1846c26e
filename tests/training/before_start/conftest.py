"""The parts of a tiny training, without the runner, which takes seconds to build."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.logging import MessageHub
from mmengine.runner import Runner
from mmseg.registry import MODELS

from mmseg_ext.common.errors import UserError
from mmseg_ext.common.seeding import seed_everything
from mmseg_ext.training.before_start.ignored_label import check_ignored_label
from mmseg_ext.training.before_start.loss_weights import check_loss_weights
from mmseg_ext.training.before_start.numbers_of_classes import check_numbers_of_classes
from mmseg_ext.training.before_start.one_batch.dry_run import check_one_batch
from mmseg_ext.training.before_start.validation_sizes import check_validation_sizes
from mmseg_ext.training.before_start.windows import check_windows

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'
CHECKS = (
    check_numbers_of_classes,
    check_loss_weights,
    check_ignored_label,
    check_windows,
    check_validation_sizes,
    check_one_batch,
)


@pytest.fixture(autouse=True)
def seeded():
    """The crops are the same whatever ran before: not every one shows ignored pixels."""
    seed_everything(0)


@pytest.fixture
def validated(tiny) -> Config:
    """The tiny config with its validation."""
    whole = Config.fromfile(TINY)
    for part in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[part] = whole[part]
    tiny.train_cfg.val_interval = 4
    return tiny


@pytest.fixture
def parts_of():
    """Build what a runner holds of a training: model, loaders, evaluator."""

    def build(config: Config) -> SimpleNamespace:
        train, val = (
            name in config and SimpleNamespace(dataloader=Runner.build_dataloader(config[name]))
            for name in ('train_dataloader', 'val_dataloader')
        )
        if val:
            val.evaluator = Evaluator(config.val_evaluator)
        logger = logging.getLogger('before_start')
        hub = MessageHub.get_instance('before_start')
        hub.update_info_dict(dict(iter=0, max_iters=10, seed=0))
        model = MODELS.build(config.model)
        return SimpleNamespace(
            model=model, train_loop=train, val_loop=val or None, optim_wrapper=None, logger=logger
        )

    return build


@pytest.fixture
def fault(parts_of):
    """Make all checks of a config; gives the message of what is refused, None if nothing is."""

    def check(config: Config) -> str | None:
        runner = parts_of(config)
        try:
            for each in CHECKS:
                each(runner)
        except UserError as error:
            return f'{type(error).__name__}: {error}'
        return None

    return check
