"""Orders of transforms in whole pipelines, through wrappers of data sets."""

import pytest
from layouts import write_camvid, write_synthia
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.transforms.pipeline_order import check_labels_first, check_mixing

FLIP = dict(type='RandomFlip', prob=0.5)
CROP = dict(type='RandomCrop', crop_size=(8, 8))
RESIZE = dict(type='Resize', scale=(46, 24))
COLOUR = dict(type='PhotoMetricDistortion')
MOSAIC = dict(type='RandomMosaic', prob=1.0, img_scale=(24, 46))


def mixed(root, pipeline, outer=MOSAIC):
    joined = dict(
        type='ConcatDataset',
        datasets=[dict(type='SynthiaDataset', split='train', data_root=root, pipeline=pipeline)],
    )
    return dict(type='MultiImageMixDataset', dataset=joined, pipeline=[outer, FLIP])


def test_instances_of_several_frames_are_not_put_together(tmp_path, load_instances):
    write_synthia(tmp_path)
    dataset = mixed(str(tmp_path), load_instances)
    order = 'LoadImageFromFile, LoadCheckedLabels, LoadInstanceMap, RandomMosaic, RandomFlip$'
    with pytest.raises(ConfigError, match=f'RandomMosaic joins several frames.*is: {order}'):
        DATASETS.build(dict(type='GuardedDataset', dataset=dataset))
    with pytest.raises(ConfigError, match='RandomMosaic joins several frames'):
        check_mixing(DATASETS.build(dataset))


def test_frames_may_be_mixed_without_instances_and_instances_loaded_without_mixing(
    tmp_path, load, load_instances
):
    write_synthia(tmp_path)
    for dataset in (mixed(str(tmp_path), load), mixed(str(tmp_path), load_instances, FLIP)):
        DATASETS.build(dict(type='GuardedDataset', dataset=dataset))[0]


@pytest.mark.parametrize(
    ('before', 'behind', 'wrong'),
    [
        ([FLIP], [], 'RandomFlip'),
        ([CROP], [], 'RandomCrop'),
        ([dict(type='RandomApply', transforms=[FLIP])], [CROP], 'RandomFlip'),
        ([RESIZE], [CROP], 'Resize'),
        ([RESIZE], [FLIP], None),
        ([COLOUR], [RESIZE, CROP, FLIP], None),
    ],
)
def test_labels_are_loaded_before_the_image_is_moved(tmp_path, load, before, behind, wrong):
    write_camvid(tmp_path)
    image, labels = load
    pipeline = [image, *before, labels, *behind]
    inner = dict(type='CamVidDataset', split='train', data_root=str(tmp_path), pipeline=pipeline)
    dataset = DATASETS.build(dict(type='RepeatDataset', dataset=inner, times=2))
    if wrong is None:
        check_labels_first(dataset)
        return
    with pytest.raises(
        ConfigError, match=f'LoadCheckedLabels loads its map behind {wrong}, .*is: '
    ):
        check_labels_first(dataset)
