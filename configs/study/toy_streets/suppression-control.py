# The study of the context gap: the block of class suppression, with nothing ever dropped.
_base_ = './suppression.py'
model = dict(decode_head=dict(suppression=dict(drop_probability=0.0)))
