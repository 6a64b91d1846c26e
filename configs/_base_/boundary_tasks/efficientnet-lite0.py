# Edge, contour and distance heads on EfficientNet-Lite0: the edges on stride 4, the others on
# strides 4 and 16. A config that uses it gives the contour head its `num_classes`.
_task = dict(channels=32, norm_cfg=dict(type='BN', requires_grad=True), align_corners=False)
_both = dict(in_channels=[24, 112], in_index=[0, 2], input_transform='resize_concat')
edge_head = dict(type='EdgeHead', in_channels=24, in_index=0, **_task)
contour_head = dict(type='ContourHead', **_both, **_task)
distance_head = dict(type='DistanceHead', **_both, **_task)
