"""Data sets, sampler, label loading, augmentation and checks; importing registers them in mmseg."""

from mmseg_ext.data.augment import Albumentations
from mmseg_ext.data.camvid import CamVidDataset
from mmseg_ext.data.cityscapes import CheckedCityscapesDataset
from mmseg_ext.data.dataset import CheckedSegDataset
from mmseg_ext.data.draws import SeededInfiniteSampler
from mmseg_ext.data.freiburg_forest import FreiburgForestDataset
from mmseg_ext.data.guarded_dataset import GuardedDataset
from mmseg_ext.data.loading import LoadCheckedLabels, LoadInstanceMap
from mmseg_ext.data.paste import PasteRareInstances
from mmseg_ext.data.rare_classes import RareClassSampler
from mmseg_ext.data.synthia import SynthiaDataset
from mmseg_ext.data.toy_streets import ToyStreetsDataset

__all__ = [
    'Albumentations',
    'CamVidDataset',
    'CheckedCityscapesDataset',
    'CheckedSegDataset',
    'FreiburgForestDataset',
    'GuardedDataset',
    'LoadCheckedLabels',
    'LoadInstanceMap',
    'PasteRareInstances',
    'RareClassSampler',
    'SeededInfiniteSampler',
    'SynthiaDataset',
    'ToyStreetsDataset',
]
