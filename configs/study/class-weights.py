# The study: class-weighted cross-entropy.
_base_ = ['./baseline.py', '../_base_/class_weights/camvid.py']
loss = dict(type='WeightedCrossEntropyLoss', class_weight=_base_.class_weight)
model = dict(decode_head=dict(loss_decode=dict(_delete_=True, **loss)))
