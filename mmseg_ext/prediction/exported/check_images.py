"""The images that an exported model is compared on."""

import copy
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import Tensor

from mmseg_ext.common.errors import ConfigError, UserError
from mmseg_ext.export.description import IMAGE
from mmseg_ext.prediction.exported.request import Export
from mmseg_ext.prediction.preparation import Preparation
from mmseg_ext.prediction.test_set import first_test_files

_NOISE = ((240, 320), (180, 256))


class CheckImages(NamedTuple):
    """Images, prepared for the model.

    Attributes:
        packed: What the test pipeline makes of each, of sizes that the file takes.
        told: What they are, for people.
    """

    packed: list[dict[str, Any]]
    told: str


def check_images(request: Export, preparation: Preparation) -> CheckImages:
    """Find and prepare images: those that are named, else two of the test set, else noise.

    They are cut or resized to sizes that the file takes, and where sizes are free and all are of
    one, the second is cut to another.

    Raises:
        ConfigError: The pipeline does not give what the graph is to take.
        DataError: An image that is named cannot be read.
    """
    if request.check:
        packed = [preparation.file(path).packed for path in request.check]
        told = f'{len(packed)} image(s) of --check'
    else:
        packed, told = _of_test_set(request.config, preparation)
    if len(packed) == 1 and request.size is None:
        packed.append(copy.deepcopy(packed[0]))
    for each in packed:
        _check_kind(request, each['inputs'])
        each['inputs'] = _fitted(request, each['inputs'])
    if request.size is None and len({each['inputs'].shape for each in packed}) == 1:
        height, width = packed[1]['inputs'].shape[1:]
        smaller = (_down(3 * length // 4, request.multiple) for length in (height, width))
        packed[1]['inputs'] = _cut(packed[1]['inputs'], *smaller)
    for each in packed:
        shape = tuple(each['inputs'].shape[1:])
        each['data_samples'].set_metainfo(dict(img_shape=shape, ori_shape=shape))
    sizes = ', '.join(f'{w}x{h}' for h, w in (each['inputs'].shape[1:] for each in packed))
    return CheckImages(packed, f'{told}, at {sizes} pixels')


def _of_test_set(config: Config, preparation: Preparation) -> tuple[list[dict[str, Any]], str]:
    try:
        files = first_test_files(config, 2)
        if not files:
            raise ConfigError('it is empty')
        return [preparation.file(path).packed for path in files], 'the first images of the test set'
    except (UserError, OSError) as error:
        reason = str(error).splitlines()[0].partition('. ')[0]
    rng = np.random.default_rng(0)
    packed = []
    for height, width in _NOISE:
        coarse = rng.integers(0, 256, (height // 20, width // 20, 3), np.uint8)
        image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        packed.append(preparation.array(image).packed)
    return packed, f'noise, for the test set cannot be read ({reason})'


def _check_kind(request: Export, inputs: Tensor) -> None:
    if request.input == IMAGE and (inputs.dtype != torch.uint8 or inputs.shape[0] != 3):
        raise ConfigError(
            f'the test pipeline gives {inputs.dtype} with {inputs.shape[0]} channel(s), and the '
            'graph would take images of three channels in 8 bits: export with --input tensor'
        )


def _fitted(request: Export, inputs: Tensor) -> Tensor:
    """Return an image of a size that the file takes: a window of it, resized where need be."""
    test_cfg = request.config.model.get('test_cfg') or {}
    if test_cfg.get('mode') == 'slide':
        inputs = _cut(inputs, *test_cfg['crop_size'])
    size = request.size or [_down(length, request.multiple) for length in inputs.shape[1:]]
    if request.size is None and all(a <= b for a, b in zip(size, inputs.shape[1:], strict=True)):
        return _cut(inputs, *size)
    if tuple(inputs.shape[1:]) == tuple(size):
        return inputs
    resized = F.interpolate(inputs[None].float(), size=tuple(size), mode='bilinear')[0]
    return resized.round().to(inputs.dtype) if inputs.dtype == torch.uint8 else resized


def _cut(inputs: Tensor, height: int, width: int) -> Tensor:
    return inputs[:, :height, :width].contiguous()


def _down(length: int, multiple: int) -> int:
    return max(length // multiple, 1) * multiple
