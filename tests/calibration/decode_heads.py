"""Decode heads of all kinds, for `tiny_segmentor.segmentor`."""

from tiny_segmentor import NORM

HEAD = dict(in_channels=64, in_index=3, channels=8, num_classes=4, norm_cfg=NORM)
LEVELS = dict(
    in_channels=[8, 16, 32, 64], in_index=[0, 1, 2, 3], channels=8, num_classes=4, norm_cfg=NORM
)
FCN = dict(type='FCNHead', num_convs=1, **HEAD)
SLIDE = dict(mode='slide', crop_size=(32, 32), stride=(16, 20))
HEADS = dict(
    fcn=FCN,
    suppressed=dict(type='ClassSuppressionHead', head_type='FCNHead', num_convs=1, **HEAD),
    mixture=dict(type='GMMSkipHead', **LEVELS),
    cascade=[FCN, dict(type='OCRHead', ocr_channels=4, **HEAD)],
    segformer=dict(type='SegformerHead', **LEVELS),
    upernet=dict(type='UPerHead', pool_scales=(1, 2), **LEVELS),
    attention=dict(type='DAHead', pam_channels=4, **HEAD),
    one_logit=dict(FCN, num_classes=2, out_channels=1, threshold=0.3),
)
# The methods that they need.
MARKS = dict(suppressed='debias', mixture='gmm')
MASKS = dict(
    type='SegmenterMaskTransformerHead', in_channels=64, in_index=3, channels=8, num_classes=4,
    num_layers=1, num_heads=2, embed_dims=8, dropout_ratio=0.0, norm_cfg=dict(type='LN'),
)  # fmt: skip
