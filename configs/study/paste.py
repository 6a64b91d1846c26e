# The study: rare instances of other frames are pasted in.
_base_ = './baseline.py'
train_pipeline = _base_.train_pipeline
train_pipeline.insert(2, dict(type='PasteRareInstances', dataset='CamVidDataset'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
