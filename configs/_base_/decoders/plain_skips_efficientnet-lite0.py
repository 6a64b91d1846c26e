# The decoder that is recommended on EfficientNet-Lite0: the mixture's with plain skip connections
# of four levels, and atrous context. A config that uses it adds `num_classes` and its loss.
plain_skips = dict(
    type='GMMSkipHead',
    num_components=0,
    global_channels=0,
    in_channels=[24, 40, 112, 320],
    in_index=[0, 1, 2, 3],
    channels=96,
    dilations=(1, 3, 6, 9),
    separable=True,
    dropout_ratio=0.1,
    norm_cfg=dict(type='BN', requires_grad=True),
    align_corners=False,
)
