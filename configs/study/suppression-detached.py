# The study: the suppression term leaves the classifier alone, so that a lower bias of the dropped
# class does not satisfy it.
_base_ = './suppression.py'
model = dict(decode_head=dict(suppression=dict(detach_classifier=True)))
