# The multi-task hourglass: encoder of VGG16, shared decoder, one branch a task
# (docs/guides/boundary-tasks.md). Here with the semantic branch alone; a recipe adds the others.
# Set num_classes and the preprocessor's size where it is used. ImageNet weights from a file, in
# torchvision's key format:
#     --cfg-options model.backbone.init_cfg.type=Pretrained
#         model.backbone.init_cfg.checkpoint=vgg16_bn-6c64b313.pth
_base_ = '../preprocessors/imagenet.py'
norm_cfg = dict(type='SyncBN', requires_grad=True)
branch = dict(in_channels=128, in_index=3, channels=64, norm_cfg=norm_cfg, align_corners=False)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(type='HourglassBackbone', base_channels=64, norm_cfg=norm_cfg),
    decode_head=dict(
        type='HourglassBranchHead',
        num_classes=19,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0),
        **branch,
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
