# From ImageNet weights: class weights, and boundary tasks beside DeepLabV3+.
_base_ = ['./class-weights.py', '../../_base_/boundary_tasks/efficientnet-lite0.py']
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    auxiliary_head=[
        _base_.edge_head,
        dict(num_classes=11, **_base_.contour_head),
        _base_.distance_head,
    ],
)
