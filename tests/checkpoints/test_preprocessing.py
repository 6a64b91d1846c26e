"""A checkpoint that is used with images of another preprocessing than its training's."""

import copy

import pytest
import torch
from mmengine.config import Config

from mmseg_ext.checkpoints.export import export_weights
from mmseg_ext.checkpoints.preprocessing import check_preprocessing, trained_preprocessing

LOADING = dict(type='LoadImageFromFile')
NORMALIZE = dict(type='mmcv.Normalize', mean=[1, 2, 3], std=[1, 1, 1], to_rgb=True)


def config(pipeline=(LOADING,), **preparing) -> Config:
    preparing = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True,
                     size=(32, 48)) | preparing  # fmt: skip
    loader = dict(dataset=dict(pipeline=list(pipeline)))
    return Config(
        dict(
            model=dict(data_preprocessor=dict(type='SegDataPreProcessor', **preparing)),
            train_dataloader=loader,
            test_dataloader=copy.deepcopy(loader),
        )
    )


@pytest.fixture(params=['checkpoint', 'exported'])
def checkpoint(request, tmp_path):
    """Write a checkpoint of a training with a config, or what our export leaves of it."""

    def write(trained: Config) -> str:
        path = str(tmp_path / 'x.pth')
        meta = dict(cfg=trained.pretty_text)
        torch.save(dict(state_dict={'a.weight': torch.ones(1)}, meta=meta), path)
        return path if request.param == 'checkpoint' else str(export_weights(path)[0])

    return write


def test_the_same_is_not_worth_a_word(checkpoint, warned):
    path = checkpoint(config(size=(100, 100)))
    check_preprocessing(path, config(mean=(123.675, 116.28, 103.53)), 'test')
    wrapped = config()
    wrapped.model = dict(type='SegTTAModel', module=wrapped.model)
    views = [dict(type='TestTimeAug', transforms=[[dict(type='RandomFlip', prob=0.0)]])]
    wrapped.test_dataloader.dataset = dict(dataset=dict(pipeline=[LOADING, *views]))
    check_preprocessing(path, wrapped, 'test')
    outside = config()
    outside.data_preprocessor = outside.model.pop('data_preprocessor')
    check_preprocessing(path, outside, 'train')
    assert warned == []


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        (config(mean=[0, 0, 0]), 'data_preprocessor.mean was [123.675, 116.28, 103.53] and is '
         '[0.0, 0.0, 0.0]'),
        (config(std=None), 'data_preprocessor.std was [58.395, 57.12, 57.375] and is None'),
        (config(mean=[120.0], std=[58.0]), 'and is [120.0]'),
        (config(bgr_to_rgb=False), 'the order of channels was reversed and is as loaded'),
        (config([dict(LOADING, color_type='grayscale')]),
         "LoadImageFromFile.color_type was ['color'] and is ['grayscale']"),
        (config([LOADING, NORMALIZE]), "Normalize was [] and is [{'mean': [1.0, 2.0, 3.0]"),
        (config([LOADING, dict(type='TestTimeAug', transforms=[[NORMALIZE], [NORMALIZE]])]),
         "Normalize was [] and is [{'mean': [1.0, 2.0, 3.0]"),
    ],
)  # fmt: skip
def test_another_one_is_named_with_both_values(checkpoint, warned, given, message):
    path = checkpoint(config())
    check_preprocessing(path, given, 'test')
    (said,) = warned
    assert f'{path} was trained on images of another preprocessing: ' in said
    assert message in said and said.count(' and is ') == 1 + ('[120.0]' in message)


@pytest.mark.parametrize(
    'meta',
    [None, {}, dict(cfg=None), dict(cfg='a = 1'), dict(preprocessing=[1])],
)
def test_a_checkpoint_that_does_not_tell(tmp_path, warned, meta):
    content = dict(state_dict={'a': torch.ones(1)}) | ({} if meta is None else dict(meta=meta))
    torch.save(content, tmp_path / 'x.pth')
    check_preprocessing(str(tmp_path / 'x.pth'), config(), 'test')
    assert warned == []


def test_what_a_file_puts_there_is_only_compared(tmp_path, warned):
    odd = {
        'the order of channels': torch.ones(2),
        'data_preprocessor.mean': [torch.ones(1)],
        'x': {},
    }
    torch.save(dict(a=torch.ones(1), meta=dict(preprocessing=odd)), tmp_path / 'x.pth')
    check_preprocessing(str(tmp_path / 'x.pth'), config(), 'test')
    assert "was <class 'torch.Tensor'> and is" in warned[0]
    assert trained_preprocessing([1]) == {}
