# The study: all three methods with the mixture's first, narrow decoder.
_base_ = './combined.py'
model = dict(decode_head=dict(channels=64, dilations=(), separable=False))
