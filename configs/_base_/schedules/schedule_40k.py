# SGD with poly decay for 40,000 iterations: mmseg's standard.
_base_ = './schedule_80k.py'
param_scheduler = [
    dict(type='PolyLR', eta_min=1e-4, power=0.9, begin=0, by_epoch=False),
]
train_cfg = dict(max_iters=40000, val_interval=4000)
