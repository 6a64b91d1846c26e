"""CamVid whose classes are called as an attacker would."""

from mmseg.registry import DATASETS

from mmseg_ext.data import CamVidDataset

NAMES = ('$\\frac$', '\ud800', '\x1b[31m', '=1+1', '<img src=x>', '`|`', '@x', 'a\nb')
CLASSES = (*NAMES, *CamVidDataset.METAINFO['classes'][len(NAMES) :])
_SHARES = CamVidDataset.METAINFO['train_shares'].values()


@DATASETS.register_module()
class HostileCamVid(CamVidDataset):
    """Only the names differ."""

    METAINFO = {
        **CamVidDataset.METAINFO,
        'classes': CLASSES,
        'thing_classes': (),
        'train_shares': dict(zip(CLASSES, _SHARES, strict=True)),
    }
