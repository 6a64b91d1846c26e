# The study: all three methods with class-weighted cross-entropy.
_base_ = ['./combined.py', '../_base_/class_weights/camvid.py']
model = dict(decode_head=dict(loss_decode=_base_.weighted_loss))
