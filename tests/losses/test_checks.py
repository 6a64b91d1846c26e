"""What keeps a loss from training, or lets it train on nonsense, is named with its place."""

import math

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.checks import check_class_weights, check_loss_names, check_losses


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


def head(*losses, **options):
    arguments = dict(in_channels=4, channels=4, num_convs=1, num_classes=3) | options
    return MODELS.build(dict(type='FCNHead', **arguments, loss_decode=list(losses)))


@pytest.mark.parametrize(
    ('weights', 'message'),
    [
        ([0, 0.0, 0], 'place is 0 for every class'),
        ([1, -0.5, 1], r'place\[1\]=-0.5: give 0 or more, and finite numbers'),
        ([1, 1, math.nan], r'place\[2\]=nan: give 0 or more'),
        (np.array([math.inf, 1, 1]), r'place\[0\]=inf: give 0 or more'),
        ([1, 1], 'place has 2 weights, but the head predicts 3 classes'),
    ],
)
def test_weights_of_classes(weights, message):
    with pytest.raises(ConfigError, match=message):
        check_class_weights('place', weights, 3)


def test_a_class_may_weigh_nothing():
    check_class_weights('place', [0, 1, 2], 3)
    check_class_weights('place', [1, 2])


@pytest.mark.parametrize('kind', ['CrossEntropyLoss', 'FocalLoss', 'LovaszLoss'])
def test_the_place_is_that_in_the_config(kind):
    extra = dict(reduction='none') if kind == 'LovaszLoss' else {}
    losses = [
        dict(type='CrossEntropyLoss'),
        dict(type=kind, class_weight=[1.0, -1.0, 1.0], **extra),
    ]
    with pytest.raises(ConfigError, match=r'^model.x.loss_decode\[1\].class_weight\[1\]=-1: give'):
        check_losses(head(*losses), 'model.x')


def test_weights_in_a_file_are_read(tmp_path):
    np.save(tmp_path / 'weights.npy', [1.0, math.nan, 1.0])
    loss = dict(type='CrossEntropyLoss', class_weight=str(tmp_path / 'weights.npy'))
    with pytest.raises(ConfigError, match=r'class_weight\[1\]=nan'):
        check_losses(head(loss), 'model.x')


@pytest.mark.methods('boundary')
def test_weights_inside_of_a_wrapped_loss_are_found():
    inner = dict(type='CrossEntropyLoss', class_weight=[0.0, 0.0, 0.0])
    loss = dict(type='UncertaintyWeightedLoss', loss=inner)
    with pytest.raises(ConfigError, match=r'loss_decode\[0\].loss.class_weight is 0 for every'):
        check_losses(head(loss), 'model.x')


@pytest.mark.parametrize('weight', [-0.4, math.nan, math.inf])
def test_the_weight_of_a_loss(weight):
    loss = dict(type='CrossEntropyLoss', loss_weight=weight)
    with pytest.raises(
        ConfigError, match=rf'loss_decode\[0\].loss_weight={weight}: give 0 or more'
    ):
        check_losses(head(loss), 'model.x')


def test_a_sigmoid_has_weights_of_another_shape():
    loss = dict(type='CrossEntropyLoss', use_sigmoid=True, class_weight=[2.0])
    check_losses(head(loss, num_classes=2, out_channels=1, threshold=0.5), 'model.x')


def test_every_name_must_say_loss():
    losses = dict(type='CrossEntropyLoss'), dict(type='DiceLoss', loss_name='dice')
    with pytest.raises(ConfigError, match=r"x.loss_decode\[1\].loss_name='dice' .*='loss_dice'"):
        check_loss_names(head(*losses), 'x')
    check_loss_names(head(losses[0]), 'x')


SUPPRESSED = dict(type='ClassSuppressionHead', head_type='FCNHead', norm_cfg=dict(type='BN'))
HARDNESS = dict(type='HardnessHead', head_type='FCNHead', norm_cfg=dict(type='BN'))
MIXTURE = dict(type='GMMSkipHead', in_channels=[4, 4], norm_cfg=dict(type='BN'))


@pytest.mark.parametrize(
    'changes',
    [
        pytest.param(SUPPRESSED, marks=pytest.mark.methods('debias')),
        pytest.param(MIXTURE, marks=pytest.mark.methods('gmm')),
        pytest.param(
            SUPPRESSED | MIXTURE | dict(type='ClassSuppressionHead', head_type='GMMSkipHead'),
            marks=pytest.mark.methods('debias', 'gmm'),
        ),
        pytest.param(dict(type='ContourHead'), marks=pytest.mark.methods('boundary')),
        pytest.param(HARDNESS, marks=pytest.mark.methods('hardness')),
    ],
    ids=['suppression', 'mixture', 'both', 'contours', 'hardness'],
)
@pytest.mark.parametrize(
    ('loss', 'message'),
    [
        (dict(loss_name='ce'), "loss_decode.loss_name='ce' has no 'loss'"),
        (dict(loss_weight=-1.0), 'loss_weight=-1.0: give 0 or more'),
        (dict(class_weight=[0.0] * 3), 'class_weight is 0 for every class'),
        (dict(class_weight=[1.0, math.nan, 1.0]), r'class_weight\[1\]=nan'),
    ],
)
def test_our_heads_check_at_construction(changes, loss, message):
    config = dict(in_channels=4, channels=4, num_classes=3) | changes
    with pytest.raises(ConfigError, match=message):
        MODELS.build(config | dict(loss_decode=dict(type='CrossEntropyLoss', **loss)))


@pytest.mark.parametrize(
    ('loss', 'message'),
    [
        (dict(type='WeightedCrossEntropyLoss', class_weight=[0, 0]), 'is 0 for every class'),
        (dict(type='WeightedCrossEntropyLoss', class_weight=[1, -1]), r'class_weight\[1\]=-1'),
        (
            dict(type='WeightedCrossEntropyLoss', class_weight=[1, 1], loss_weight=-1),
            'loss_weight=-1: give 0',
        ),
    ],
)
def test_weighted_cross_entropy_checks_its_numbers(loss, message):
    with pytest.raises(ConfigError, match=message):
        MODELS.build(loss)
