# The study: online hard example mining. mmseg's recipes keep at least 100000 of the 512x1024 pixels
# of an image; this is the same share of 240x320.
_base_ = './baseline.py'
model = dict(decode_head=dict(sampler=dict(type='OHEMPixelSampler', thresh=0.7, min_kept=15000)))
