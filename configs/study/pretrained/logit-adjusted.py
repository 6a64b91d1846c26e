# From ImageNet weights: cross-entropy of logits shifted by the classes' frequencies.
_base_ = './plain.py'
model = dict(
    decode_head=dict(
        loss_decode=dict(
            _delete_=True, type='LogitAdjustedLoss', shares='auto', dataset='CamVidDataset'
        )
    )
)
