# The study: GMM-structured skip connections.
_base_ = '../gmm/gmm_r18-small_1xb6-600_camvid-240x320.py'
optim_wrapper = dict(type='BFloat16OptimWrapper')
custom_hooks = [dict(type='ChannelsLastHook')]
train_cfg = dict(max_iters=2500, val_interval=2500)
val_evaluator = dict(boundary=dict())
test_evaluator = val_evaluator
