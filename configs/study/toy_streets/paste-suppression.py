# The study of the context gap: pasted signs, persons and cyclists, and class suppression.
_base_ = './suppression.py'
train_pipeline = _base_.train_pipeline
train_pipeline.insert(2, dict(type='PasteRareInstances', dataset='ToyStreetsDataset', below=1.0))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
