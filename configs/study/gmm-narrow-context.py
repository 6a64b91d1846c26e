# The study: the narrow decoder, its aggregate fused by atrous convolutions.
_base_ = './gmm-narrow.py'
model = dict(decode_head=dict(dilations=(1, 3, 6, 9)))
