# The study of the context gap: persons and cyclists in each other's places, and nothing else.
_base_ = './baseline.py'
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='LoadInstanceMap'),
    dict(type='SwapInstances', classes=('person', 'cyclist'), prob=1.0, share=0.5),
    *_base_.train_pipeline[2:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
