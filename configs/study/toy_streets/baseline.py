# The study of the context gap: the plain quick start, in bfloat16.
_base_ = '../../baseline_deeplab.py'
optim_wrapper = dict(type='BFloat16OptimWrapper')
custom_hooks = [dict(type='ChannelsLastHook')]
