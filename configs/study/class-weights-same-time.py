# The study: class weights alone, trained for as long as the combined model takes.
_base_ = './class-weights.py'
param_scheduler = [dict(type='PolyLR', eta_min=1e-5, power=0.9, begin=0, end=4350, by_epoch=False)]
train_cfg = dict(max_iters=4350, val_interval=4350)
