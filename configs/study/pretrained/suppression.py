# From ImageNet weights: class suppression with weight 1.
_base_ = '../../debias/debias_deeplabv3plus_efficientnet-lite0_1xb6-1000_camvid-240x320.py'
test_evaluator = dict(boundary=dict())
