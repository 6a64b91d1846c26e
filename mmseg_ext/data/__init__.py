"""Data sets, label loading, augmentation and checks; importing registers them in mmseg."""

from mmseg_ext.data.camvid import CamVidDataset
from mmseg_ext.data.dataset import CheckedSegDataset
from mmseg_ext.data.loading import LoadCheckedLabels, LoadInstanceMap

__all__ = ['CamVidDataset', 'CheckedSegDataset', 'LoadCheckedLabels', 'LoadInstanceMap']
