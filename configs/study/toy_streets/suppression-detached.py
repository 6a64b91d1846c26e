# The study of the context gap: the suppression term leaves the classifier alone.
_base_ = './suppression.py'
model = dict(decode_head=dict(suppression=dict(detach_classifier=True)))
