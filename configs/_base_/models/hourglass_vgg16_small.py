# The hourglass at 3/16 of its width, for training from scratch on a CPU.
_base_ = './hourglass_vgg16.py'
norm_cfg = dict(type='BN', requires_grad=True)
branch = dict(in_channels=24, in_index=3, channels=12, norm_cfg=norm_cfg, align_corners=False)
model = dict(
    backbone=dict(base_channels=12, norm_cfg=norm_cfg),
    decode_head=dict(**branch),
)
