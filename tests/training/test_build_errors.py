"""Mistakes in a config that surface inside of constructors and of the weights' initialisation."""

import pytest
from mmengine.config import ConfigDict
from mmseg.registry import DATASETS, MODELS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.build_errors import explain_build_error

HEAD = dict(in_channels=8, channels=8, num_classes=3, norm_cfg=dict(type='BN'))
NORMAL = dict(type='Normal', std=1.0)


def explained(config: dict) -> str:
    try:
        MODELS.build(ConfigDict(config)).init_weights()
    except ConfigError as error:
        return str(error)
    except Exception as error:
        return str(explain_build_error(error))
    raise AssertionError('nothing was refused')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(), "ClassSuppressionHead in the config lacks 'head_type'"),
        (
            dict(head_type='FCNHead', chanels=3),
            "ClassSuppressionHead in the config takes no argument 'chanels', did you mean channels",
        ),
        (
            dict(head_type='FCNHead', in_index=[1]),
            'ClassSuppressionHead in the config: assert isinstance(in_index, int)',
        ),
        (dict(type='FCNHead', in_index=[1]), 'FCNHead in the config: assert isinstance(in_index'),
        (
            dict(type='FCNHead', norm_cfg=dict(requires_grad=True)),
            "a part of FCNHead, such as norm_cfg or act_cfg, has no 'type' in the config",
        ),
        (
            dict(type='FCNHead', act_cfg=dict(inplace=True)),
            "a part of FCNHead, such as norm_cfg or act_cfg, has no 'type' in the config",
        ),
    ],
)
def test_arguments(changes, message):
    assert explained(dict(type='ClassSuppressionHead') | HEAD | changes).startswith(message)


@pytest.mark.parametrize(
    ('init_cfg', 'message'),
    [
        (dict(std=1.0), "init_cfg of FCNHead in the config: there is no 'type', as in init_cfg="),
        ([NORMAL, dict(std=1.0)], "init_cfg of FCNHead in the config: there is no 'type'"),
        ('Normal', 'init_cfg of FCNHead in the config: assert isinstance(init_cfg, dict), got Nor'),
        (dict(type='Norml', std=1.0), "no weight initializer is called 'Norml', did you mean Norm"),
        (
            NORMAL | dict(override=dict(std=2.0)),
            'init_cfg of FCNHead in the config: `override` must contain the key "name"',
        ),
        (
            NORMAL | dict(override=dict(name='conv_sge')),
            'init_cfg of FCNHead in the config: module did not have attribute conv_sge',
        ),
    ],
)
def test_initialisation(init_cfg, message):
    assert explained(dict(type='FCNHead', **HEAD, init_cfg=init_cfg)).startswith(message)


def test_the_backbone_too():
    message = explained(dict(type='ResNet', depth=18, init_cfg=dict(checkpoint='a.pth')))
    assert message.startswith("init_cfg of ResNet in the config: there is no 'type'")


def test_a_method_of_the_class_that_refuses_is_the_constructor_that_refuses():
    wrong = dict(classes=['Sky', 'Raod'])
    config = dict(type='CamVidDataset', split='test', metainfo=wrong, lazy_init=True)
    with pytest.raises(ValueError, match='not a subset') as raised:
        DATASETS.build(config)
    assert str(explain_build_error(raised.value)).startswith(
        "CamVidDataset in the config: new classes ['Sky', 'Raod'] is not a subset of classes"
    )


def test_a_fault_of_the_code_is_not_explained():
    class Broken(MODELS.get('FCNHead')):
        def init_weights(self):
            raise KeyError('a bug')

    MODELS.register_module(module=Broken, force=True)
    with pytest.raises(KeyError, match='a bug') as raised:
        MODELS.build(dict(type='Broken', **HEAD)).init_weights()
    assert explain_build_error(raised.value) is None
