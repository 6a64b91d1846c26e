# From ImageNet weights: class weights, and pedestrians and bicyclists in each other's places.
_base_ = './class-weights.py'
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='SwapInstances', classes=('Pedestrian', 'Bicyclist')),
    *_base_.train_pipeline[2:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
