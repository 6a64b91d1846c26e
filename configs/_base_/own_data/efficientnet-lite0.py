# What we recommend for own data: from ImageNet weights, plain skips, boundary tasks. On it,
# `mmseg-debias init` writes a config with the data, their sizes and class weights.
_base_ = [
    '../models/deeplabv3plus_efficientnet-lite0.py',
    '../decoders/plain_skips_efficientnet-lite0.py',
    '../boundary_tasks/efficientnet-lite0.py',
    '../schedules/schedule_1000_adamw.py',
    '../default_runtime.py',
]
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    decode_head=dict(_delete_=True, **_base_.plain_skips),
)
_loader = dict(num_workers=2, persistent_workers=True)
_evaluated = dict(batch_size=1, sampler=dict(type='DefaultSampler', shuffle=False), **_loader)
train_dataloader = dict(
    batch_size=6, sampler=dict(type='SeededInfiniteSampler', shuffle=True), **_loader
)
val_dataloader = _evaluated
test_dataloader = _evaluated
val_evaluator = dict(type='PerClassIoU')
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(interval=250))
