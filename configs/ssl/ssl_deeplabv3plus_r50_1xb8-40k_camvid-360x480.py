# DeepLabV3+ R50 on CamVid at the full 360x480, from a self-supervised ResNet-50. It differs from
# its plain twin in the stem, one 7×7 convolution, and in where the backbone starts. To make the
# file, or to name another:
#     mmseg-debias convert-backbone CHECKPOINT --out data/weights/resnet50_ssl.pth
#     --cfg-options model.backbone.init_cfg.checkpoint=FILE
_base_ = '../baseline/deeplabv3plus_r50_1xb8-40k_camvid-360x480.py'
model = dict(
    pretrained=None,
    backbone=dict(
        type='ResNet',
        init_cfg=dict(
            type='Pretrained', checkpoint='{{$MMSEG_EXT_DATA:data}}/weights/resnet50_ssl.pth'
        ),
    ),
)
