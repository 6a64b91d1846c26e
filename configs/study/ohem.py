# The study: online hard example mining, as mmseg's recipes set it.
_base_ = './baseline.py'
model = dict(decode_head=dict(sampler=dict(type='OHEMPixelSampler', thresh=0.7, min_kept=100000)))
