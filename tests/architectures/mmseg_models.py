"""mmseg's models as its own configs shape them, a few channels wide."""

import copy

from mmengine.config import ConfigDict

CLASSES = 4
BN = dict(type='BN')
CE = dict(type='CrossEntropyLoss')
HEAD = dict(num_classes=CLASSES, norm_cfg=BN)
OHEM_SAMPLER = dict(type='OHEMPixelSampler', thresh=0.7, min_kept=100)
OHEM_LOSS = dict(type='OhemCrossEntropy', thres=0.9, min_kept=100)

RESNET = dict(type='ResNetV1c', depth=18, base_channels=4, stem_channels=4, norm_cfg=BN)
RESNET_LEVELS = dict(in_channels=[4, 8, 16, 32], in_index=[0, 1, 2, 3])
DILATED = dict(RESNET, dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), contract_dilation=True)
DEEPEST = dict(in_channels=32, in_index=3, channels=8)
HRNET = dict(
    type='HRNet',
    norm_cfg=BN,
    extra={
        f'stage{stage}': dict(
            num_modules=1,
            num_branches=stage,
            block='BOTTLENECK' if stage == 1 else 'BASIC',
            num_blocks=(1,) * stage,
            num_channels=(4, 8, 16, 32)[:stage],
        )
        for stage in (1, 2, 3, 4)
    },
)
RESIZED = dict(RESNET_LEVELS, channels=8, input_transform='resize_concat')
VIT = dict(
    type='VisionTransformer',
    img_size=(64, 64),
    patch_size=16,
    embed_dims=8,
    num_layers=4,
    num_heads=2,
    mlp_ratio=2,
)
KERNEL_UPDATE = dict(
    type='KernelUpdateHead',
    num_classes=CLASSES,
    num_ffn_fcs=2,
    num_heads=2,
    num_mask_fcs=1,
    feedforward_channels=8,
    in_channels=8,
    out_channels=8,
    dropout=0.0,
    conv_kernel_size=1,
    with_ffn=True,
    feat_transform_cfg=dict(conv_cfg=dict(type='Conv2d'), act_cfg=None),
    kernel_updator_cfg=dict(
        type='KernelUpdator',
        in_channels=8,
        feat_channels=8,
        out_channels=8,
        act_cfg=dict(type='ReLU', inplace=True),
        norm_cfg=dict(type='LN'),
    ),
)


def _fcn(channels: int, index: int, **changes: object) -> dict:
    layers = dict(type='FCNHead', channels=8, num_convs=1, concat_input=False)
    return layers | HEAD | dict(in_channels=channels, in_index=index) | changes


MODELS = {
    'UNet': dict(
        backbone=dict(type='UNet', base_channels=4, norm_cfg=BN), decode_head=_fcn(4, 4),
        auxiliary_head=_fcn(8, 3),
    ),
    'PSPNet': dict(
        backbone=DILATED,
        decode_head=dict(type='PSPHead', pool_scales=(1, 2, 3, 6), **DEEPEST, **HEAD),
        auxiliary_head=_fcn(16, 2),
    ),
    'DeepLabV3+': dict(
        backbone=DILATED,
        decode_head=dict(
            type='DepthwiseSeparableASPPHead', dilations=(1, 2, 4), c1_in_channels=4, c1_channels=4,
            **DEEPEST, **HEAD,
        ),
        auxiliary_head=_fcn(16, 2),
    ),
    'UPerNet-Swin': dict(
        backbone=dict(
            type='SwinTransformer', pretrain_img_size=64, embed_dims=4, window_size=2, mlp_ratio=2,
            depths=[1, 1, 1, 1], num_heads=[1, 2, 2, 2],
        ),
        decode_head=dict(
            type='UPerHead', pool_scales=(1, 2, 3, 6), channels=8, **RESNET_LEVELS, **HEAD
        ),
        auxiliary_head=_fcn(16, 2),
    ),
    'OCRNet': dict(
        type='CascadeEncoderDecoder',
        num_stages=2,
        backbone=HRNET,
        decode_head=[
            dict(type='FCNHead', kernel_size=1, num_convs=1, concat_input=False, dropout_ratio=-1,
                 **RESIZED, **HEAD),
            dict(type='OCRHead', ocr_channels=8, dropout_ratio=-1, **RESIZED, **HEAD),
        ],
    ),
    'SegFormer': dict(
        backbone=dict(
            type='MixVisionTransformer', embed_dims=4, num_layers=[1, 1, 1, 1],
            num_heads=[1, 2, 4, 8], mlp_ratio=2,
        ),
        decode_head=dict(type='SegformerHead', in_channels=[4, 8, 16, 32], in_index=[0, 1, 2, 3],
                         channels=8, **HEAD),
    ),
    'SegNeXt': dict(
        backbone=dict(
            type='MSCAN', embed_dims=[4, 8, 16, 32], mlp_ratios=[2, 2, 2, 2], depths=[1, 1, 1, 1],
            norm_cfg=BN,
        ),
        decode_head=dict(
            type='LightHamHead', in_channels=[8, 16, 32], in_index=[1, 2, 3], channels=8,
            ham_channels=8, num_classes=CLASSES, norm_cfg=dict(type='GN', num_groups=2),
            ham_kwargs=dict(
                MD_S=1, MD_R=4, train_steps=2, eval_steps=2, inv_t=100, rand_init=True
            ),
        ),
    ),
    'STDC': dict(
        backbone=dict(
            type='STDCContextPathNet',
            backbone_cfg=dict(
                type='STDCNet', stdc_type='STDCNet1', in_channels=3, channels=(4, 8, 16, 32, 64),
                bottleneck_type='cat', num_convs=4, norm_cfg=BN, act_cfg=dict(type='ReLU'),
                with_final_conv=False,
            ),
            last_in_channels=(64, 32),
            out_channels=8,
            ffm_cfg=dict(in_channels=24, out_channels=16, scale_factor=4),
            norm_cfg=BN,
        ),
        decode_head=_fcn(16, 3, sampler=OHEM_SAMPLER),
        auxiliary_head=[
            _fcn(8, 2, sampler=OHEM_SAMPLER),
            dict(
                _fcn(16, 0), type='STDCHead', num_classes=2, boundary_threshold=0.1,
                loss_decode=[
                    dict(type='CrossEntropyLoss', loss_name='loss_ce', use_sigmoid=True),
                    dict(type='DiceLoss', loss_name='loss_dice'),
                ],
            ),
        ],
    ),
    'BiSeNetV2': dict(
        backbone=dict(
            type='BiSeNetV2', detail_channels=(4, 4, 32), semantic_channels=(4, 8, 16, 32),
            semantic_expansion_ratio=2, bga_channels=32, norm_cfg=BN,
        ),
        decode_head=_fcn(32, 0),
        auxiliary_head=[_fcn(4, 1), _fcn(8, 2), _fcn(16, 3), _fcn(32, 4)],
    ),
    'PIDNet': dict(
        backbone=dict(
            type='PIDNet', channels=4, ppm_channels=8, num_stem_blocks=2, num_branch_blocks=3,
            norm_cfg=BN,
        ),
        decode_head=dict(
            type='PIDHead', in_channels=16, channels=8, align_corners=True, **HEAD,
            loss_decode=[CE, OHEM_LOSS, dict(type='BoundaryLoss', loss_weight=20.0), OHEM_LOSS],
        ),
    ),
    'DDRNet': dict(
        backbone=dict(type='DDRNet', channels=4, ppm_channels=8, norm_cfg=BN),
        decode_head=dict(
            type='DDRHead', in_channels=16, channels=8, dropout_ratio=0.0, **HEAD,
            loss_decode=[OHEM_LOSS, OHEM_LOSS],
        ),
    ),
    'EncNet': dict(
        backbone=DILATED,
        decode_head=dict(
            type='EncHead', in_channels=[8, 16, 32], in_index=(1, 2, 3), channels=8, num_codes=4,
            **HEAD,
        ),
        auxiliary_head=_fcn(16, 2),
    ),
    'K-Net': dict(
        backbone=RESNET,
        decode_head=dict(
            type='IterativeDecodeHead',
            num_stages=2,
            kernel_update_head=[KERNEL_UPDATE, KERNEL_UPDATE],
            kernel_generate_head=dict(
                type='UPerHead', pool_scales=(1, 2), channels=8, **RESNET_LEVELS, **HEAD
            ),
        ),
        auxiliary_head=_fcn(16, 2),
    ),
    'Segmenter': dict(
        backbone=dict(VIT, final_norm=True),
        decode_head=dict(
            type='SegmenterMaskTransformerHead', in_channels=8, channels=8, num_classes=CLASSES,
            num_layers=1, num_heads=2, embed_dims=8, dropout_ratio=0.0,
        ),
    ),
    'LR-ASPP': dict(
        backbone=dict(type='MobileNetV3', arch='small', out_indices=(0, 1, 12), norm_cfg=BN),
        decode_head=dict(
            type='LRASPPHead', in_channels=(16, 16, 576), in_index=(0, 1, 2), channels=8,
            branch_channels=(4, 4), input_transform='multiple_select', **HEAD,
        ),
    ),
    'DPT': dict(
        backbone=dict(VIT, out_indices=(0, 1, 2, 3), output_cls_token=True),
        decode_head=dict(
            type='DPTHead', in_channels=(8, 8, 8, 8), in_index=(0, 1, 2, 3), channels=8,
            embed_dims=8, post_process_channels=[4, 4, 8, 8], readout_type='project',
            input_transform='multiple_select', **HEAD,
        ),
    ),
    'Fast-SCNN': dict(
        backbone=dict(
            type='FastSCNN', downsample_dw_channels=(4, 8), global_in_channels=8,
            global_block_channels=(8, 8, 16), global_out_channels=16, higher_in_channels=8,
            lower_in_channels=16, fusion_out_channels=16, norm_cfg=BN,
        ),
        decode_head=dict(
            type='DepthwiseSeparableFCNHead', in_channels=16, channels=8, concat_input=False,
            in_index=-1, **HEAD, loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True),
        ),
        auxiliary_head=[_fcn(16, -2), _fcn(8, -3)],
    ),
}  # fmt: skip
"""By its name, the config of each; `EncoderDecoder` is the type where there is none."""

LEVELS = {
    'UNet': [(4, 4), (8, 3), (16, 2), (32, 1), (64, 0)],
    'PSPNet': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'DeepLabV3+': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'UPerNet-Swin': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'OCRNet': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'SegFormer': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'SegNeXt': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'STDC': [(16, 3), (8, 1)],
    'BiSeNetV2': [(4, 1), (32, 0), (16, 3), (32, 4)],
    'PIDNet': [(8, 0), (16, 1), (8, 2)],
    'DDRNet': [(8, 0), (16, 1)],
    'EncNet': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'K-Net': [(4, 0), (8, 1), (16, 2), (32, 3)],
    'Segmenter': [(8, 0)],
    'LR-ASPP': [(16, 0), (16, 1), (576, 2)],
    'DPT': [(8, 0), (8, 1), (8, 2), (8, 3)],
    'Fast-SCNN': [(16, 2), (16, 1)],
}
"""The maps that the backbone of each gives in training, the shallowest first: (channels, index)."""


def config_of(name: str) -> ConfigDict:
    """Return a copy of the config of a model."""
    # Its head pools windows of 49×49 at stride 8.
    side = 392 if name == 'LR-ASPP' else 64
    common = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor', size=(side, side)),
        test_cfg=dict(mode='whole'),
    )
    return ConfigDict(common | copy.deepcopy(MODELS[name]))
