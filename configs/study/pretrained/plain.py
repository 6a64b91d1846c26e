# From ImageNet weights: DeepLabV3+ as it is.
_base_ = '../../baseline/deeplabv3plus_efficientnet-lite0_1xb6-1000_camvid-240x320.py'
test_evaluator = dict(boundary=dict())
