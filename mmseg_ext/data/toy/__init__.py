"""Drawing of ToyStreets, the data set that needs no download."""

from mmseg_ext.data.toy.writer import draw_toy_streets

__all__ = ['draw_toy_streets']
