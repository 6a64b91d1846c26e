"""The frames that a checkpoint is fitted on, and what is known of their classes."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from mmseg_ext.calibration.driver.fit_frames import check_split, fit_set, refuse_test_frames
from mmseg_ext.checkpoints.calibrated import refuse_calibrated
from mmseg_ext.checkpoints.checkpoint import check_classes
from mmseg_ext.checkpoints.loaders import sha256_when_read
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.checkpoints.read_once import forget
from mmseg_ext.common.config_parts import require_parts, type_name
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.drives import METAINFO_KEY
from mmseg_ext.evaluation.image_counts import image_names
from mmseg_ext.evaluation.resampling import Units, units_of
from mmseg_ext.evaluation.tail import TAIL_BELOW, Tail, choose_tail
from mmseg_ext.models.trained_model import trained_model

FRAMES = 200


@dataclass(frozen=True)
class FitData:
    """Frames to fit on, and what is known of them.

    Attributes:
        dataset: The split, through the pipeline of the test.
        split: Its name.
        checkpoint: The file that is fitted.
        sha256: Of that file when it was read.
        classes: The class names.
        tail: The rare classes that the metric of the test reports.
        train_shares: Percentage of the labelled training pixels of every class, where known.
        notes: What a user should know of the frames.
        workers: Processes that read frames.
    """

    dataset: Any
    split: str
    checkpoint: str
    sha256: str | None
    classes: tuple[str, ...]
    tail: Tail | None
    train_shares: dict[str, float] | None
    notes: tuple[str, ...]
    workers: int

    @property
    def tail_ids(self) -> list[int]:
        """The ids of the rare classes."""
        return [self.classes.index(name) for name in self.tail.classes] if self.tail else []

    def require_tail(self, objective: str) -> None:
        """Check that an objective about rare classes has some.

        Raises:
            ConfigError: None is known.
        """
        if objective == 'tail_mIoU' and self.tail is None:
            raise ConfigError(
                '--objective tail_mIoU: no class is known to be rare; give train_shares in the '
                'metainfo of the data set, or test_evaluator.tail_classes'
            )

    def loader(self, dataset: Any, numbers: Sequence[int]) -> DataLoader:
        """Read frames of a data set, one a batch."""
        return DataLoader(
            Subset(dataset, numbers),
            batch_size=1,
            num_workers=self.workers,
            collate_fn=pseudo_collate,
        )

    def units(self, paths: Iterable[str]) -> Units:
        """Return which of the frames with these paths belong together."""
        return units_of(image_names(list(paths)), self.dataset.metainfo.get(METAINFO_KEY))


def open_model(config: Config, checkpoint: str, split: str, use: str) -> nn.Module:
    """Load a model to fit, before data are looked for.

    Raises:
        ConfigError: The split is the test's or none, the config lacks a part, or the checkpoint is
            of another model or calibrated already.
    """
    check_split(split)
    init_default_scope(config.get('default_scope', 'mmseg'))
    require_parts(config, use, 'model', f'{split}_dataloader')
    refuse_calibrated(checkpoint)
    return trained_model(copy.deepcopy(config.model), checkpoint)


def open_fit_data(config: Config, checkpoint: str, split: str, classes: int) -> FitData:
    """Open the frames of a split for a checkpoint.

    Args:
        config: The config of the model and of the data set.
        checkpoint: The model's checkpoint.
        split: 'train' or 'val'.
        classes: How many the model decides between.

    Raises:
        ConfigError: The split shares frames with the test, or the classes or the preprocessing are
            not those of the checkpoint.
        DataError: Files of the data set are missing.
    """
    dataset = fit_set(config, split)
    names = tuple(dataset.metainfo['classes'])
    if len(names) != classes:
        raise ConfigError(
            f'the model decides between {classes} classes, but {split} has {len(names)}'
        )
    check_classes(checkpoint, names)
    tested = split == 'train' and config.get('test_dataloader')
    check_preprocessing(checkpoint, config, 'test' if tested else 'val')
    # With the state of an optimizer it may be large.
    forget()
    shares = dataset.metainfo.get('train_shares')
    tail = _tail(config, names, shares)
    note = refuse_test_frames(config, dataset)
    return FitData(
        dataset=dataset,
        split=split,
        checkpoint=checkpoint,
        sha256=sha256_when_read(checkpoint),
        classes=names,
        tail=tail,
        train_shares=shares,
        notes=(note,) if note else (),
        workers=config[f'{split}_dataloader'].get('num_workers', 0),
    )


def labels_of(frame: SegDataSample) -> Tensor:
    """Return the class ids of a frame, shape (H, W).

    Raises:
        DataError: It has none.
    """
    if 'gt_sem_seg' not in frame:
        raise DataError(f'{frame.img_path}: no label to fit on')
    return frame.gt_sem_seg.data[0]


def _tail(config: Config, classes: tuple[str, ...], shares: Any) -> Tail | None:
    evaluators = config.get('test_evaluator') or config.get('val_evaluator') or []
    for each in [evaluators] if isinstance(evaluators, dict) else evaluators:
        if type_name(each) == 'PerClassIoU':
            named = each.get('tail_classes')
            named = [named] if isinstance(named, str) else named
            return choose_tail(classes, named, each.get('tail_below', TAIL_BELOW), shares)
    return choose_tail(classes, train_shares=shares)
