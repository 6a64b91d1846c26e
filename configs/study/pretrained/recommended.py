# From ImageNet weights: what we recommend.
_base_ = '../../recommended/camvid-240x320.py'
test_evaluator = dict(boundary=dict())
