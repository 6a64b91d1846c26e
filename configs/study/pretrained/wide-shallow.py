# From ImageNet weights: class weights, and DeepLabV3+'s level of stride 4 as wide as its decoder.
_base_ = './class-weights.py'
model = dict(decode_head=dict(c1_channels=96))
