"""Imports the data sets, the sampler and the transforms, which registers them in mmseg."""

from mmseg_ext.common.contributions import NEED_LABELS
from mmseg_ext.data.samplers.draws import SeededInfiniteSampler
from mmseg_ext.data.samplers.rare_classes import RareClassSampler
from mmseg_ext.data.sets.camvid import CamVidDataset
from mmseg_ext.data.sets.cityscapes import CheckedCityscapesDataset
from mmseg_ext.data.sets.dataset import CheckedSegDataset
from mmseg_ext.data.sets.folder import FolderDataset
from mmseg_ext.data.sets.freiburg_forest import FreiburgForestDataset
from mmseg_ext.data.sets.guarded_dataset import GuardedDataset
from mmseg_ext.data.sets.synthia import SynthiaDataset
from mmseg_ext.data.sets.toy_streets import ToyStreetsDataset
from mmseg_ext.data.transforms.augment import Albumentations
from mmseg_ext.data.transforms.corrupt import Corrupt
from mmseg_ext.data.transforms.loading import LoadCheckedLabels, LoadInstanceMap
from mmseg_ext.data.transforms.paste import PasteRareInstances
from mmseg_ext.data.transforms.swap import SwapInstances

__all__ = [
    'Albumentations',
    'CamVidDataset',
    'CheckedCityscapesDataset',
    'CheckedSegDataset',
    'Corrupt',
    'FolderDataset',
    'FreiburgForestDataset',
    'GuardedDataset',
    'LoadCheckedLabels',
    'LoadInstanceMap',
    'PasteRareInstances',
    'RareClassSampler',
    'SeededInfiniteSampler',
    'SwapInstances',
    'SynthiaDataset',
    'ToyStreetsDataset',
]

NEED_LABELS.update((LoadCheckedLabels.__name__, LoadInstanceMap.__name__))
