# From ImageNet weights: class weights, and rare instances pasted where surroundings are usual.
_base_ = './class-weights.py'
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='PasteRareInstances', dataset='CamVidDataset', context='usual'),
    *_base_.train_pipeline[2:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
