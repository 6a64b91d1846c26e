"""The label of ignored pixels: the data set says it, everything else must mean the same."""

from collections.abc import Iterator
from typing import Any

from mmengine.runner import Runner

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.data_sets import datasets_of, with_inner
from mmseg_ext.training.before_start.heads import heads_of, learns_labels, plain_model

_NAMES = ('ignore_index', 'seg_pad_val')
# Around a scan there is nothing, which is the class 0.
_PAD_WITH_BACKGROUND = {'BioMedical3DPad'}


def check_ignored_label(runner: Runner) -> None:
    """Compare what data sets, transforms, padding, heads and metrics ignore.

    A padded pixel of another label is trained on as a class, or is none and ends the training.

    Raises:
        ConfigError: Two differ, or what is ignored is one of more than 255 classes.
    """
    found = list(_ignored(runner))
    if not found:
        return
    first, label = found[0]
    for place, other in found[1:]:
        if other != label:
            raise ConfigError(
                f'{place}={other}, but {first}={label}: pixels are ignored by one label '
                f'everywhere, set {place}={label}'
            )
    for place, dataset in datasets_of(runner).items():
        classes = len((getattr(dataset, 'metainfo', None) or {}).get('classes') or ())
        if classes > 255 and 0 <= label < classes:
            raise ConfigError(
                f'{first}={label} is one of the {classes} classes of {place}: give an id that is '
                'none, such as 65535'
            )


def _ignored(runner: Runner) -> Iterator[tuple[str, int]]:
    """Yield every label that is ignored, with its place in the config, the data sets' first."""
    data = [
        inner
        for place, dataset in datasets_of(runner).items()
        for inner in with_inner(dataset, place)
    ]
    for place, dataset in data:
        yield from _labels(place, dataset)
    model = plain_model(runner)
    yield from _labels('model.data_preprocessor', getattr(model, 'data_preprocessor', None))
    for path, head in heads_of(model).items():
        if learns_labels(head) or 'decode_head' in path:
            yield from _labels(path, head)
    for place, dataset in data:
        transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', None) or ()
        for index, transform in enumerate(transforms):
            if type(transform).__name__ not in _PAD_WITH_BACKGROUND:
                yield from _labels(f'{place}.pipeline[{index}]', transform)
    if runner.val_loop is not None:
        for metric in runner.val_loop.evaluator.metrics:
            yield from _labels('val_evaluator', metric)


def _labels(place: str, part: Any) -> Iterator[tuple[str, int]]:
    for name in _NAMES:
        label = getattr(part, name, None)
        # A loss that takes no label to ignore, such as one of masks, has None.
        if isinstance(label, int) and not isinstance(label, bool):
            yield f'{place}.{name}', label
    pad_val = getattr(part, 'pad_val', None)
    if isinstance(pad_val, dict) and isinstance(pad_val.get('seg'), int):
        yield f"{place}.pad_val['seg']", pad_val['seg']
