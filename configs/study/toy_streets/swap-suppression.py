# The study of the context gap: persons and cyclists in each other's places, and class suppression.
_base_ = '../../debias_deeplab.py'
optim_wrapper = dict(type='BFloat16OptimWrapper')
custom_hooks = [dict(type='ChannelsLastHook')]
