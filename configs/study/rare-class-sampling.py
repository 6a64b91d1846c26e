# The study: images with rare classes are drawn more often.
_base_ = './baseline.py'
train_dataloader = dict(sampler=dict(_delete_=True, type='RareClassSampler'))
