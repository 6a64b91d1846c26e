"""How an evaluation came about: what one needs to make it again, and to trust it."""

from typing import Any

import mmcv
import mmengine
import mmseg
import torch
from mmengine.device import get_device
from mmengine.runner import Runner
from torch.utils.data import Dataset

from mmseg_ext.checkpoints.loaders import sha256_when_read
from mmseg_ext.reports.made_here import describe_command


def describe_run(
    runner: Runner, dataset: Dataset, checkpoint: str | None, training_seed: int | None
) -> dict[str, Any]:
    """Describe an evaluation.

    Args:
        runner: The runner that evaluates.
        dataset: What it evaluates on.
        checkpoint: The file whose weights are evaluated; None where they were not saved.
        training_seed: Seed of the training that made them; None where it is not known.

    Returns:
        Plain values that JSON can hold; the keys are described in docs/reference/report-json.md.
    """
    return {
        **describe_command(
            torch=torch.__version__,
            mmseg=mmseg.__version__,
            mmcv=mmcv.__version__,
            mmengine=mmengine.__version__,
        ),
        'config': runner.cfg.filename,
        'config_text': runner.cfg.pretty_text,
        'checkpoint': checkpoint,
        'checkpoint_sha256': sha256_when_read(checkpoint),
        'training_seed': training_seed,
        'seed': runner.seed,
        'data': {
            'dataset': type(dataset).__name__,
            'split': _text(getattr(dataset, 'split', None)),
            'root': _text(getattr(dataset, 'data_root', None)),
        },
        'device': torch.cuda.get_device_name() if get_device() == 'cuda' else get_device(),
    }


def _text(value: object) -> str | None:
    """Return what a data set of one's own may have as a path or a number as a text."""
    return None if value is None else str(value)
