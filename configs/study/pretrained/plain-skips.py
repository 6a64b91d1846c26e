# From ImageNet weights: class weights and the mixture's decoder with plain skip connections.
_base_ = './mixture.py'
model = dict(decode_head=dict(num_components=0, global_channels=0))
