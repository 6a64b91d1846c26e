"""Parts of a config that may be written in several ways."""

from mmengine.config import Config, ConfigDict
from mmengine.model import PretrainedInit
from mmseg.registry import MODELS

from mmseg_ext.common.config_parts import without_pretrained

NORMAL = dict(type='Normal', std=0.01)
FILE = dict(type='Pretrained', checkpoint='x.pth')


def test_nothing_that_reads_a_file_is_left():
    packaged = dict(type='PackagedWeights', name='efficientnet-lite0')
    model = ConfigDict(
        pretrained='open-mmlab://x',
        backbone=dict(init_cfg=FILE),
        neck=dict(
            init_cfg=packaged, parts=(dict(init_cfg=dict(FILE, type='mmengine.Pretrained')),)
        ),
        heads=[
            dict(init_cfg=NORMAL),
            dict(pretrained='y', init_cfg=[FILE, NORMAL, packaged]),
            dict(init_cfg=[dict(type=PretrainedInit, checkpoint='x.pth')]),
            dict(init_cfg=[]),
            dict(init_cfg=None),
        ],
    )
    without_pretrained(model)
    assert model.to_dict() == dict(
        pretrained=None,
        backbone=dict(init_cfg=None),
        neck=dict(init_cfg=None, parts=(dict(init_cfg=None),)),
        heads=[
            dict(init_cfg=NORMAL),
            dict(pretrained=None, init_cfg=[NORMAL]),
            dict(init_cfg=None),
            dict(init_cfg=[]),
            dict(init_cfg=None),
        ],
    )


def test_a_recipe_does_without_the_package_of_its_weights(repository, monkeypatch):
    monkeypatch.setattr('mmseg_ext.backbones.packaged_weights.find_spec', lambda name: None)
    path = repository / 'configs' / '_base_' / 'models' / 'mixture_efficientnet-lite0.py'
    model = Config.fromfile(path).model
    without_pretrained(model)
    MODELS.build(model).init_weights()
