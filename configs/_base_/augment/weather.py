# Weather, blur, compression and colour by albumentations, for any data set of mmseg_ext.
#
# A config adds it with this file in its `_base_` list and one more line:
#
#     train_dataloader = dict(dataset=dict(
#         pipeline=_base_.train_pipeline[:-1] + _base_.weather + _base_.train_pipeline[-1:]))
#
# It then runs after crop and flip, just before PackSegInputs. About one image in three keeps its
# original look.
weather = [
    dict(
        type='Albumentations',
        transforms=[
            dict(
                type='OneOf',
                p=0.3,
                transforms=[
                    dict(type='RandomRain', p=1.0),
                    dict(type='RandomSnow', brightness_coeff=1.6, p=1.0),
                    dict(type='RandomFog', fog_coef_range=(0.1, 0.5), p=1.0),
                    dict(type='RandomShadow', p=1.0),
                    dict(type='RandomSunFlare', src_radius=100, p=1.0),
                ],
            ),
            dict(
                type='OneOf',
                p=0.2,
                transforms=[
                    dict(type='MotionBlur', blur_limit=(3, 7), p=1.0),
                    dict(type='GaussianBlur', blur_limit=(3, 7), p=1.0),
                    dict(type='Defocus', radius=(1, 3), p=1.0),
                    dict(type='GaussNoise', std_range=(0.02, 0.08), p=1.0),
                ],
            ),
            dict(type='ImageCompression', quality_range=(40, 95), p=0.2),
            dict(
                type='OneOf',
                p=0.3,
                transforms=[
                    dict(type='RandomGamma', gamma_limit=(60, 160), p=1.0),
                    dict(type='HueSaturationValue', p=1.0),
                    dict(type='CLAHE', p=1.0),
                    dict(type='ToGray', p=1.0),
                ],
            ),
        ],
    )
]
