# The study: class suppression with the released weight.
_base_ = './suppression.py'
model = dict(decode_head=dict(suppression=dict(weight=10.0)))
