import numpy as np
from mmengine.registry import init_default_scope

from mmseg_ext.benchmark.street import THING_CLASSES, draw_street, write_cityscapes
from mmseg_ext.data.sets.cityscapes import CheckedCityscapesDataset


def test_objects_are_things_and_the_seed_decides():
    labels, ids = draw_street(200, 300, instances=9, seed=3)
    np.testing.assert_array_equal(np.isin(labels, THING_CLASSES), ids > 0)
    for index in np.unique(ids[ids > 0]) - 24000:
        assert set(labels[ids == 24000 + index]) == {11 + index % 8}
    np.testing.assert_array_equal(draw_street(200, 300, 9, 3)[0], labels)
    assert (draw_street(200, 300, 9, 4)[0] != labels).any()


def test_data_set_reads_what_was_drawn(tmp_path):
    write_cityscapes(tmp_path, 2, 200, 300)
    init_default_scope('mmseg')
    dataset = CheckedCityscapesDataset(
        data_root=str(tmp_path),
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadCheckedLabels'),
            dict(type='LoadInstanceMap'),
        ],
    )
    assert len(dataset) == 2
    labels, ids = draw_street(200, 300, seed=1)
    np.testing.assert_array_equal(dataset[1]['gt_seg_map'], labels)
    np.testing.assert_array_equal(dataset[1]['gt_instance_map'], ids)
