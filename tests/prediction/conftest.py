"""A tiny model with random weights, and frames of several sizes; no data set is there."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS


@pytest.fixture
def write_model(tmp_path, repository):
    """Write a config on top of the tiny one, and a checkpoint of it; gives both paths."""

    def write(text='', name='model', **meta):
        init_default_scope('mmseg')
        config = tmp_path / f'{name}.py'
        config.write_text(f"_base_ = '{repository}/tests/tools/tiny_camvid.py'\n{text}")
        torch.manual_seed(0)
        model = revert_sync_batchnorm(MODELS.build(Config.fromfile(config).model))
        for module in model.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
        checkpoint = tmp_path / f'{name}.pth'
        torch.save(dict(meta=meta, state_dict=model.state_dict()), checkpoint)
        return config, checkpoint

    return write


@pytest.fixture
def frames(tmp_path):
    """Files of coloured noise, blurred; three sizes, PNG and JPEG."""
    rng = np.random.default_rng(0)
    files = []
    for size, suffix in (((48, 64), 'png'), ((31, 77), 'jpg'), ((90, 33), 'png')):
        noise = rng.integers(0, 256, (*size, 3), np.uint8)
        image = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 4), None, 0, 255, cv2.NORM_MINMAX)
        files.append(tmp_path / f'{size[0]}.{suffix}')
        cv2.imwrite(str(files[-1]), image)
    return files
