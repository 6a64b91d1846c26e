# The study of the context gap: class suppression.
_base_ = '../../debias_deeplab.py'
optim_wrapper = dict(type='BFloat16OptimWrapper')
custom_hooks = [dict(type='ChannelsLastHook')]
