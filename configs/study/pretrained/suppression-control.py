# From ImageNet weights: the block of class suppression and its second loss; nothing is dropped.
_base_ = './suppression.py'
model = dict(decode_head=dict(suppression=dict(drop_probability=0.0)))
