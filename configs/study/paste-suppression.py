# The study: class suppression on frames with pasted rare instances.
_base_ = './suppression.py'
train_pipeline = _base_.train_pipeline
train_pipeline.insert(2, dict(type='PasteRareInstances', dataset='CamVidDataset'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
