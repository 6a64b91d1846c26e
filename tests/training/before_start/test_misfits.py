"""Parts of a model that do not fit are named before the first iteration, by one sentence."""

import cv2
import pytest
from mmengine.config import ConfigDict
from mmseg.models import ResNet
from mmseg.registry import MODELS

NORM = dict(type='BN')
HEAD = dict(channels=8, num_classes=11, norm_cfg=NORM, align_corners=False)
SUPPRESSED = dict(type='ClassSuppressionHead', suppression=dict(weight=1.0))
DDRNET = dict(type='DDRNet', channels=8, ppm_channels=8, norm_cfg=NORM)
PIDNET = dict(
    type='PIDNet', channels=8, ppm_channels=8, num_stem_blocks=1, num_branch_blocks=1,
    norm_cfg=NORM,
)  # fmt: skip
CE = dict(type='CrossEntropyLoss')
OHEM = dict(type='OhemCrossEntropy', min_kept=10)
DDR_HEAD = dict(HEAD, in_channels=32, loss_decode=[OHEM, OHEM])
ENC_HEAD = dict(HEAD, in_channels=[32, 64], in_index=[2, 3], num_codes=4)
GMM_HEAD = dict(HEAD, type='GMMSkipHead', latent_channels=4, global_channels=4)


def with_model(config, **parts):
    for name, part in parts.items():
        config.model[name] = None if part is None else ConfigDict(part)
    return config


@pytest.mark.methods('debias')
@pytest.mark.parametrize('head_type', ['EncHead', 'DDRHead'])
def test_class_suppression_of_heads_that_return_more_than_logits(validated, fault, head_type):
    parts = dict(decode_head=SUPPRESSED | ENC_HEAD | dict(head_type='EncHead'))
    if head_type == 'DDRHead':
        head = SUPPRESSED | DDR_HEAD | dict(head_type='DDRHead')
        parts = dict(decode_head=head, backbone=DDRNET)
    assert fault(with_model(validated, auxiliary_head=None, **parts)) is None


@pytest.mark.methods('gmm')
@pytest.mark.parametrize('backbone', [PIDNET, DDRNET], ids=['PIDNet', 'DDRNet'])
def test_levels_that_the_backbone_gives_in_training_alone(validated, fault, backbone):
    head = GMM_HEAD | dict(in_channels=[16, 32], in_index=[0, 1])
    found = fault(with_model(validated, decode_head=head, auxiliary_head=None, backbone=backbone))
    assert found.startswith('ConfigError: model.decode_head (GMMSkipHead): GMMSkipHead takes')
    assert 'in training alone' in found


@pytest.mark.methods('gmm')
def test_levels_in_the_wrong_order(validated, fault):
    head = GMM_HEAD | dict(in_channels=[64, 32, 16, 8], in_index=[3, 2, 1, 0])
    found = fault(with_model(validated, decode_head=head))
    assert found.startswith('ConfigError: model.decode_head (GMMSkipHead): GMMSkipHead takes')
    assert 'in_index=[3, 2, 1, 0]' in found
    assert found.endswith('put both in the order of the backbone')


@pytest.mark.parametrize(
    ('place', 'head', 'message'),
    [
        (
            'decode_head',
            dict(HEAD, type='FCNHead', in_channels=48, in_index=3),
            'model.decode_head.in_channels=48 and model.decode_head.in_index=3 do not fit: '
            'model.decode_head.convs.0.conv takes 48 channels and gets 64; the backbone ResNet '
            'gives 4 feature maps of 8, 16, 32, 64 channels: set in_channels to',
        ),
        (
            'decode_head',
            dict(HEAD, type='FCNHead', in_channels=64, in_index=4),
            'model.decode_head.in_index=4, but the backbone ResNet gives 4 feature maps of 8, 16, '
            '32, 64 channels: choose from 0 to 3',
        ),
        pytest.param(
            'decode_head',
            dict(GMM_HEAD, in_channels=[8, 16, 16, 64], in_index=[0, 1, 2, 3]),
            'model.decode_head.projections.2.conv takes 16 channels and gets 32',
            marks=pytest.mark.methods('gmm'),
        ),
        (
            'decode_head',
            dict(
                HEAD, type='DepthwiseSeparableASPPHead', in_channels=64, c1_in_channels=16,
                c1_channels=4, dilations=(1, 2),
            ),
            'model.decode_head.c1_bottleneck.conv takes 16 channels and gets 8',
        ),
        (
            'auxiliary_head',
            dict(HEAD, type='FCNHead', in_channels=32, in_index=1),
            'model.auxiliary_head.in_channels=32 and model.auxiliary_head.in_index=1 do not fit',
        ),
        (
            'neck',
            dict(type='FPN', in_channels=[8, 16, 32, 48], out_channels=8, num_outs=4),
            'model.neck.in_channels=[8, 16, 32, 48] do not fit: model.neck.lateral_convs.3.conv '
            'takes 48 channels and gets 64',
        ),
    ],
    ids=['channels', 'index', 'mixture', 'low level', 'auxiliary', 'neck'],
)  # fmt: skip
def test_channels_and_indices(validated, fault, place, head, message):
    found = fault(with_model(validated, **{place: head}))
    assert found.startswith('ConfigError: model.') and message in found


@pytest.mark.methods('boundary')
def test_a_boundary_head_of_several(validated, fault):
    heads = [dict(HEAD, type='FCNHead', in_channels=32, in_index=2)] * 2
    heads[1] = dict(type='EdgeHead', in_channels=8, in_index=1, channels=8, norm_cfg=NORM)
    pipeline = validated.train_dataloader.dataset.pipeline
    pipeline[-1:] = [
        dict(type='GenerateBoundaryTargets', contour=False, distance=None),
        dict(type='PackBoundaryInputs'),
    ]
    validated.model.data_preprocessor.type = 'BoundaryDataPreProcessor'
    validated.model.auxiliary_head = heads
    assert 'model.auxiliary_head[1].in_channels=8 and model.auxiliary_head[1].in_index=1 do n' in (
        fault(validated)
    )


def test_images_of_another_number_of_channels(validated, fault):
    validated.model.backbone.in_channels = 1
    assert fault(validated) == (
        'ConfigError: model.backbone.in_channels=1, but the images have 3 channels: set '
        'model.backbone.in_channels=3'
    )


@pytest.mark.parametrize(
    ('backbone', 'index', 'channels'), [(DDRNET, 0, 16), (DDRNET, 1, 32), (PIDNET, 1, 32)]
)
def test_other_features_at_the_first_prediction(validated, fault, backbone, index, channels):
    validated.model.backbone = backbone
    head = dict(HEAD, type='FCNHead', in_channels=channels, in_index=index)
    found = fault(with_model(validated, decode_head=head, auxiliary_head=None))
    assert found == (
        f'ConfigError: model.decode_head.in_index={index}: {backbone["type"]} gives a single '
        'feature map in evaluation mode, of which FCNHead cannot take one by its index; use the '
        'head that is made for this backbone'
    )


def test_without_a_validation_a_training_image_is_predicted(tiny, fault):
    head = dict(HEAD, type='FCNHead', in_channels=32, in_index=1)
    found = fault(with_model(tiny, backbone=DDRNET, decode_head=head, auxiliary_head=None))
    assert 'DDRNet gives a single feature map in evaluation mode' in found


@pytest.mark.parametrize('setting', [None, dict()])
def test_a_training_that_does_not_say_how_to_predict(tiny, fault, setting):
    tiny.model.test_cfg = setting
    assert fault(tiny) is None


def test_the_heads_of_these_backbones_fit(validated, fault):
    head = dict(DDR_HEAD, type='DDRHead')
    model = dict(backbone=DDRNET, decode_head=head, auxiliary_head=None)
    assert fault(with_model(validated, **model)) is None


def test_a_loss_that_takes_ignored_pixels_for_a_class(validated, fault):
    head = dict(DDR_HEAD, type='DDRHead', loss_decode=[CE, CE])
    found = fault(with_model(validated, backbone=DDRNET, decode_head=head, auxiliary_head=None))
    assert found.startswith(
        'ConfigError: model.decode_head.loss_decode: CrossEntropyLoss takes label 255, which is '
        'ignored, for a class'
    )


def test_a_head_for_another_number_of_feature_maps(validated, fault):
    head = dict(DDR_HEAD, type='DDRHead', in_channels=64)
    found = fault(with_model(validated, decode_head=head))
    assert 'model.decode_head: DDRHead takes another number of feature maps than it gets' in found


POOLING = {
    'PSPHead': dict(pool_scales=(1, 2)),
    'ASPPHead': dict(dilations=(1, 2)),
    'DepthwiseSeparableASPPHead': dict(dilations=(1, 2), c1_in_channels=8, c1_channels=4),
}


@pytest.mark.parametrize('name', POOLING)
@pytest.mark.parametrize(
    'loader',
    [
        dict(batch_size=1),
        dict(batch_size=3, sampler=dict(type='DefaultSampler', shuffle=False)),
        dict(batch_size=3, sampler=dict(type='InfiniteSampler')),
        dict(batch_size=3, sampler=dict(type='DefaultSampler', shuffle=False), drop_last=True),
    ],
    ids=['batch of 1', 'last of 4', 'without end', 'last one dropped'],
)
def test_a_batch_of_one_image_for_a_head_that_pools(validated, fault, name, loader):
    validated.train_dataloader.update(loader)
    head = dict(HEAD, type=name, in_channels=64, **POOLING[name])
    found = fault(with_model(validated, decode_head=head))
    if loader['batch_size'] == 3 and (
        loader['sampler']['type'] == 'InfiniteSampler' or 'drop_last' in loader
    ):
        assert found is None
        return
    assert found.startswith(
        'ConfigError: train_dataloader gives a batch of 1 image, but model.decode_head.'
    )
    assert 'set train_dataloader.batch_size=2 or more' in found


def test_a_batch_of_one_without_statistics_of_the_batch(validated, fault):
    validated.train_dataloader.batch_size = 1
    norm_cfg = dict(type='GN', num_groups=2)
    head = dict(HEAD, type='PSPHead', in_channels=64, norm_cfg=norm_cfg, **POOLING['PSPHead'])
    assert fault(with_model(validated, decode_head=head)) is None


@pytest.mark.parametrize('num_classes', [1, 2])
def test_one_output_for_two_classes(validated, fault, num_classes, tmp_path):
    for file in (tmp_path / 'camvid' / 'annotations').rglob('*.png'):
        labels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), labels % 2)
    for use in ('train', 'val'):
        validated[f'{use}_dataloader'].dataset.metainfo = dict(classes=('Sky', 'Building'))
        validated[f'{use}_dataloader'].dataset.pipeline[1] = dict(type='LoadAnnotations')
    loss = dict(CE, use_sigmoid=True)
    head = dict(
        HEAD, type='FCNHead', in_channels=64, num_classes=num_classes, out_channels=1,
        threshold=0.5, loss_decode=loss,
    )  # fmt: skip
    assert fault(with_model(validated, decode_head=head, auxiliary_head=None)) is None


def test_a_head_of_which_nothing_is_trained_on(validated, fault):
    validated.model.auxiliary_head.loss_decode.loss_name = 'ce'
    assert fault(validated) == (
        'ConfigError: model.auxiliary_head.loss_decode: none of what the head returns, ce, '
        "acc_seg, has 'loss' in its name, and nothing else is trained on: set loss_name='loss_…'"
    )


def test_a_loss_that_is_only_watched_is_fine(validated, fault):
    validated.model.decode_head.loss_decode = [CE, dict(type='DiceLoss', loss_name='dice')]
    assert fault(validated) is None


@MODELS.register_module()
class BrokenResNet(ResNet):
    def forward(self, x):
        raise AttributeError('a bug')


def test_a_fault_of_the_code_keeps_its_traceback(validated, fault, caplog):
    validated.model.backbone.type = 'BrokenResNet'
    with pytest.raises(AttributeError, match='a bug'):
        fault(validated)
    assert 'failed in model.backbone (BrokenResNet), computing the losses:' in caplog.text
