# What EfficientNet-Lite was trained on: (x - 127) / 128 in RGB; padding is ignored. A config sets
# `size`, that of its crops.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[127.0, 127.0, 127.0],
    std=[128.0, 128.0, 128.0],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
)
