# SGD with poly decay for 59,048 iterations: the schedule of the released class suppression.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.004, momentum=0.9, weight_decay=5e-4),
    clip_grad=None,
)
param_scheduler = [
    dict(type='PolyLR', eta_min=0.0, power=0.9, begin=0, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=59048, val_interval=5904)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
