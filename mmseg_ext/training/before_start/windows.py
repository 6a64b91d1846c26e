"""How a model predicts whole images: `model.test_cfg`, which is read at the first validation."""

from typing import Any

from mmengine.runner import Runner
from mmseg.models import EncoderDecoder

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.heads import plain_model


def check_windows(runner: Runner) -> None:
    """Check the mode, and of the mode `slide` its windows.

    Raises:
        ConfigError: The mode is unknown, or windows have no size, no stride, or leave gaps.
    """
    model = plain_model(runner)
    # Other segmentors have modes of their own.
    own = getattr(type(model), 'inference', None) is not EncoderDecoder.inference
    if own:
        return
    setting = model.test_cfg or {}
    mode = setting.get('mode')
    if mode is None and runner.val_loop is None:
        return
    if mode not in ('whole', 'slide'):
        raise ConfigError(
            f"model.test_cfg.mode={mode!r}: set model.test_cfg=dict(mode='whole'), or "
            "dict(mode='slide', crop_size=(height, width), stride=(height, width))"
        )
    if mode == 'slide':
        crop_size, stride = (_pair(setting, name) for name in ('crop_size', 'stride'))
        if any(step > size for step, size in zip(stride, crop_size, strict=True)):
            raise ConfigError(
                f'model.test_cfg.stride={stride} is more than crop_size={crop_size}, so that '
                'pixels between the windows are never predicted: give crop_size or less'
            )


def _pair(setting: Any, name: str) -> tuple[int, int]:
    value = setting.get(name)
    pair = value if isinstance(value, (tuple, list)) else ()
    if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise ConfigError(
            f"model.test_cfg.{name}={value!r}: mode='slide' needs two whole numbers of pixels, "
            f'{name}=(height, width)'
        )
    return pair[0], pair[1]
