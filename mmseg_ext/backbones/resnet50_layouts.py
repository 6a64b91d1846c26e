"""Where self-supervised trainings keep a ResNet-50 in their checkpoints, under which names.

A checkpoint is a dict, which holds state dicts under keys such as 'teacher', or is one itself. In a
state dict, the backbone's names stand behind a prefix such as `module.backbone.`.

Source: our decision, after the released files and code of CLoVE, CARP and DINO; the layout of CARL
is not known.
"""

from collections.abc import Iterable, Mapping, Sequence

from mmseg_ext.backbones.name_groups import Place, begins, listed
from mmseg_ext.backbones.resnet50 import resnet50_shapes
from mmseg_ext.common.errors import ConfigError


def _in(container: str) -> tuple[Place, ...]:
    prefixes = ('module.backbone.', 'backbone.', 'module.', '')
    return tuple(Place(container, prefix) for prefix in prefixes)


# The places of each layout; where a file has some of a line, the next lines do not count.
_LAYOUTS: dict[str, tuple[tuple[Place, ...], ...]] = {
    'clove': ((Place('model', 'module.encoder.'),),),
    'carp': (_in('teacher'), _in('student')),
    'torchvision': ((Place('', ''),),),
    'dino': (_in('teacher'), _in('student'), (Place('', ''),)),
}
# The momentum encoder of CLoVE, an average of past weights, is not what was trained.
_TWINS = (Place('model', 'module.encoder_k.'),)
_TITLES = dict(clove='CLoVE', carp='CARP', carl='CARL', torchvision='torchvision', dino='DINO')

LAYOUT_NAMES = ('auto', *_TITLES)
"""What :func:`choose_place` takes as a layout."""


def find_places(names: Mapping[str, Iterable[str]]) -> list[Place]:
    """Return where blocks of a ResNet-50 lie, whole or not, in the order of the file.

    Args:
        names: Of the tensors, of each state dict by its container.

    Example:
        >>> find_places({'model': ['module.encoder.layer1.0.bn1.bias', 'module.fc.bias']})
        [Place(container='model', prefix='module.encoder.')]
    """
    known = {name for name in resnet50_shapes() if name.startswith('layer')}
    found: dict[Place, None] = {}
    for container, inside in names.items():
        for name in inside:
            parts = name.split('.')
            for start in range(len(parts)):
                if '.'.join(parts[start:]) in known:
                    found[Place(container, ''.join(f'{part}.' for part in parts[:start]))] = None
                    break
    return list(found)


def choose_place(names: Mapping[str, Iterable[str]], layout: str, source: str) -> tuple[str, Place]:
    """Choose the place that a layout means.

    Args:
        names: As :func:`find_places` takes them.
        layout: One of `LAYOUT_NAMES`. 'carl' takes the only place there is, wherever. 'auto' takes
            the place of whatever layout fits, or else the only one.
        source: The file, for a message.

    Returns:
        What the layout is called, and the place.

    Raises:
        ConfigError: There is no such place, or more than one may be meant.
    """
    places = find_places(names)
    asked = _LAYOUTS if layout == 'auto' else {layout} & _LAYOUTS.keys()
    matches = {name: found for name in asked if (found := _first_found(name, places))}
    if layout in _LAYOUTS and not matches:
        raise ConfigError(
            f'{source} is not of the layout of {_TITLES[layout]}, in which a ResNet-50 is under '
            f'{listed(_all_of(layout))}; {_found(places, names)}'
        )
    free = [place for place in places if place not in _TWINS]
    meant = list(dict.fromkeys(place for found in matches.values() for place in found)) or free
    if layout == 'auto' and matches:
        # A place that these layouts do not have may be the one that is meant.
        theirs = {place for name in matches for place in _all_of(name)}
        meant += [place for place in free if place not in theirs]
    if not meant:
        raise ConfigError(f'{source}: no ResNet-50 is recognised; {_found(places, names)}')
    if len(meant) > 1:
        raise ConfigError(
            f'{source}: it is not clear which ResNet-50 is meant, that under '
            f'{listed(meant, " or ")}: name the layout by --from, or keep one of them in the file'
        )
    title = ' or '.join(_TITLES[name] for name in matches) or _TITLES.get(layout, 'unknown layout')
    return title, meant[0]


def _first_found(layout: str, places: Sequence[Place]) -> list[Place]:
    found = ([place for place in line if place in places] for line in _LAYOUTS[layout])
    return next(filter(None, found), [])


def _all_of(layout: str) -> list[Place]:
    return [place for line in _LAYOUTS[layout] for place in line]


def _found(places: Sequence[Place], names: Mapping[str, Iterable[str]]) -> str:
    if places:
        return f'in the file, one is under {listed(places)}'
    return (
        'nowhere in the file is a layer1.0.conv1.weight or any other part of its blocks. Names '
        f'in it: {begins(names)}'
    )
