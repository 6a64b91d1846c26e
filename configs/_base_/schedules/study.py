# The study's protocol, on top of the small CamVid recipes: 2500 iterations in bfloat16.
study = dict(
    optim_wrapper=dict(type='BFloat16OptimWrapper'),
    custom_hooks=[dict(type='ChannelsLastHook')],
    train_cfg=dict(max_iters=2500, val_interval=2500),
    evaluator=dict(boundary=dict()),
)
