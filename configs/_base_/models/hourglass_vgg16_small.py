# The hourglass at an eighth of its width, for training from scratch on a CPU.
_base_ = './hourglass_vgg16.py'
norm_cfg = dict(type='BN', requires_grad=True)
branch = dict(in_channels=16, in_index=3, channels=8, norm_cfg=norm_cfg, align_corners=False)
model = dict(
    backbone=dict(base_channels=8, norm_cfg=norm_cfg),
    decode_head=dict(**branch),
)
