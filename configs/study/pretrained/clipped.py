# From ImageNet weights: the gradient of cross-entropy clipped class by class.
_base_ = './plain.py'
model = dict(
    decode_head=dict(loss_decode=dict(_delete_=True, type='ClasswiseClippedLoss', rescale=True))
)
