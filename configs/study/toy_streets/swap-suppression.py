# The study of the context gap: persons and cyclists in each other's places, and class suppression.
_base_ = './suppression.py'
train_pipeline = _base_.train_pipeline
train_pipeline[2:2] = [
    dict(type='LoadInstanceMap'),
    dict(type='SwapInstances', classes=('person', 'cyclist'), prob=1.0, share=0.5),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
