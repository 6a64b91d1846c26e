# The decoder of the mixture on the features of the half-width ResNetV1c-18, in place of
# DeepLabV3+'s: as wide and with the same context.
gmm_skip_head = dict(
    in_channels=[32, 64, 128, 256],
    in_index=[0, 1, 2, 3],
    channels=128,
    dilations=(1, 3, 6, 9),
    separable=True,
)
