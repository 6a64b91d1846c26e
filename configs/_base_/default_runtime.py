# What every run shares: plugins, logs (text, TensorBoard), checkpoints by iteration that resume
# exactly, a stop at bad data and bad numbers, seed 0.
custom_imports = dict(imports=['mmseg_ext'], allow_failed_imports=False)
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(by_epoch=False)
log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0)
tta_model = dict(type='SegTTAModel')

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='AtomicCheckpointHook', by_epoch=False, interval=2000, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # What makes runs survive: docs/design/reliability.md.
    exact_resume=dict(type='ExactResumeHook'),
    bad_samples=dict(type='BadSampleHook'),
    non_finite=dict(type='NonFiniteHook'),
    visualization=dict(type='SegVisualizationHook'),
)
