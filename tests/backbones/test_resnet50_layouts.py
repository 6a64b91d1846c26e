"""Which part of a checkpoint each layout means, on a few names of a ResNet-50."""

import pytest

from mmseg_ext.backbones.name_groups import Place, begins, grouped
from mmseg_ext.backbones.resnet50_layouts import LAYOUT_NAMES, choose_place, find_places
from mmseg_ext.commands.weights.convert_backbone import LAYOUTS
from mmseg_ext.common.errors import ConfigError


def under(*prefixes: str) -> list[str]:
    names = ['conv1.weight', 'bn1.weight', 'layer1.0.conv1.weight', 'layer4.2.bn3.running_var']
    return [prefix + name for prefix in prefixes for name in names]


CLOVE = {'model': [*under('module.encoder_k.', 'module.encoder.'), 'module.encoder.fc.0.weight']}
CARP = {
    'student': under('module.backbone.') + ['module.head.mlp.0.weight'],
    'teacher': under('backbone.') + ['head.mlp.0.weight'],
}
TORCHVISION = {'': [*under(''), 'fc.weight', 'fc.bias']}


def test_the_command_offers_what_there_is():
    assert LAYOUTS == LAYOUT_NAMES


def test_blocks_are_found_whatever_stands_before():
    names = {'': under('', 'a.b.'), 'x': [*under('encoder.0.'), 'layer1.0.conv1', 'my_layer1.0.x']}
    assert find_places(names) == [Place('', ''), Place('', 'a.b.'), Place('x', 'encoder.0.')]
    # The blocks that a ResNet-101 has more are no networks of their own.
    assert find_places({'': [*under(''), 'layer3.22.conv1.weight', 'layer3.22.bn1.bias']}) == [
        Place('', '')
    ]


@pytest.mark.parametrize(
    ('names', 'layout', 'title', 'place'),
    [
        (CLOVE, 'auto', 'CLoVE', Place('model', 'module.encoder.')),
        (CLOVE, 'clove', 'CLoVE', Place('model', 'module.encoder.')),
        (CLOVE, 'carl', 'CARL', Place('model', 'module.encoder.')),
        (CARP, 'auto', 'CARP or DINO', Place('teacher', 'backbone.')),
        (CARP, 'carp', 'CARP', Place('teacher', 'backbone.')),
        (CARP, 'dino', 'DINO', Place('teacher', 'backbone.')),
        ({'student': under('module.')}, 'carp', 'CARP', Place('student', 'module.')),
        ({'student': under('')}, 'auto', 'CARP or DINO', Place('student', '')),
        (TORCHVISION, 'auto', 'torchvision or DINO', Place('', '')),
        (TORCHVISION, 'torchvision', 'torchvision', Place('', '')),
        (TORCHVISION, 'dino', 'DINO', Place('', '')),
        (TORCHVISION, 'carl', 'CARL', Place('', '')),
        ({'state_dict': under('net.')}, 'auto', 'unknown layout', Place('state_dict', 'net.')),
        ({'state_dict': under('net.')}, 'carl', 'CARL', Place('state_dict', 'net.')),
        ({'': under('', 'ema.')}, 'torchvision', 'torchvision', Place('', '')),
    ],
)
def test_what_is_meant(names, layout, title, place):
    assert choose_place(names, layout, 'x.pth') == (title, place)


TWIN_ONLY = {'model': under('module.encoder_k.')}
MOCO = {'state_dict': under('module.encoder_q.', 'module.encoder_k.')}
VIT = {'': ['cls_token', 'patch_embed.proj.weight', 'blocks.0.norm1.weight', 'blocks.0.norm1.bias']}


@pytest.mark.parametrize(
    ('names', 'layout', 'message'),
    [
        (TWIN_ONLY, 'auto', "no ResNet-50 is recognised; in the file, one is under module.encoder"
         "_k. in 'model'"),
        (TWIN_ONLY, 'carl', 'no ResNet-50 is recognised'),
        (TWIN_ONLY, 'clove', "is not of the layout of CLoVE, in which a ResNet-50 is under "
         "module.encoder. in 'model'; in the file, one is under module.encoder_k. in 'model'"),
        (TORCHVISION, 'carp', 'is not of the layout of CARP, in which .*; in the file, one is '
         'under bare names'),
        (MOCO, 'auto', "not clear which ResNet-50 is meant, that under module.encoder_q. in "
         "'state_dict' or module.encoder_k. in 'state_dict'"),
        (MOCO, 'carl', 'not clear'),
        (CARP, 'carl', "module.backbone. in 'student' or backbone. in 'teacher'"),
        (CLOVE | CARP, 'auto', "module.encoder. in 'model' or backbone. in 'teacher'"),
        ({'': under('', 'ema.')}, 'auto', 'bare names or ema.'),
        ({'teacher': under('module.', 'module.backbone.')}, 'carp', 'not clear'),
        (VIT, 'auto', 'nowhere in the file is a layer1.0.conv1.weight or any other part of its '
         'blocks. Names in it: 2 of blocks., 1 of cls_token, 1 of patch_embed.'),
        (VIT, 'dino', 'Names in it: 2 of blocks., 1 of cls_token'),
        ({}, 'auto', 'Names in it: none'),
    ],
)  # fmt: skip
def test_what_is_refused(names, layout, message):
    with pytest.raises(ConfigError, match=message.replace('. ', r'\. ')):
        choose_place(names, layout, 'x.pth')


def test_names_in_groups():
    names = {'': ['module.fc.0.bias', 'module.fc.2.bias', 'queue'], 'x': ['a.b', 'a.c', 'a.d.e']}
    assert grouped(names) == {
        Place('x', 'a.'): 3, Place('', 'module.fc.'): 2, Place('', 'queue'): 1,
    }  # fmt: skip
    known = [Place('', 'module.'), Place('x', 'a.d.')]
    assert grouped(names, known) == {
        Place('', 'module.'): 2, Place('x', 'a.'): 2, Place('', 'queue'): 1, Place('x', 'a.d.'): 1,
    }  # fmt: skip
    assert begins({'': [f'{letter}.w' for letter in 'abcdefghijk']}).endswith('1 of h., 3 more')
