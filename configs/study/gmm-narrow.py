# The study: the first decoder of the mixture's recipe, of half the width and without context.
_base_ = './gmm.py'
model = dict(decode_head=dict(channels=64, dilations=(), separable=False))
