# The study: classes are dropped, and no term asks for their probability to be small.
_base_ = './suppression.py'
model = dict(decode_head=dict(suppression=dict(weight=0.0)))
