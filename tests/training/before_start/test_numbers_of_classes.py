"""Heads, data sets, palettes and weights of classes that do not go together."""

from types import SimpleNamespace

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.numbers_of_classes import check_numbers_of_classes
from mmseg_ext.training.build_errors import explain_build_error

NAMES = tuple('abcdefghijk')
COLOURS = [[index, 0, 0] for index in range(11)]


@pytest.mark.parametrize('path', ['decode_head', 'auxiliary_head'])
@pytest.mark.parametrize('number', [10, 19])
def test_heads(validated, fault, path, number):
    validated.model[path].num_classes = number
    assert fault(validated) == (
        f'ConfigError: model.{path}.num_classes={number}, but train_dataloader.dataset has 11 '
        f'classes: set model.{path}.num_classes=11, or metainfo.classes of the data set'
    )


def test_one_of_several_auxiliary_heads(validated, fault):
    head = validated.model.auxiliary_head
    validated.model.auxiliary_head = [head, {**head, 'num_classes': 12}]
    assert 'model.auxiliary_head[1].num_classes=12, but' in fault(validated)


@pytest.mark.methods('debias')
def test_the_head_inside_of_class_suppression(validated, fault):
    head = validated.model.decode_head
    head.update(type='ClassSuppressionHead', head_type='FCNHead', num_classes=12)
    assert 'model.decode_head.num_classes=12, but' in fault(validated)


@pytest.mark.methods('boundary')
def test_contours_have_one_class_more(validated, fault):
    validated.model.data_preprocessor.type = 'BoundaryDataPreProcessor'
    validated.model.auxiliary_head = dict(
        type='ContourHead', in_channels=8, in_index=0, channels=4, num_classes=11
    )
    validated.train_dataloader.dataset.pipeline[-1:] = [
        dict(type='GenerateBoundaryTargets', num_classes=11, distance=None),
        dict(type='PackBoundaryInputs'),
    ]
    assert fault(validated) is None
    validated.model.auxiliary_head.num_classes = 10
    assert 'predicts contour_classes=10, but GenerateBoundaryTargets made 11' in fault(validated)


def test_the_classes_that_the_metric_counts_by(validated, fault):
    fewer = dict(classes=NAMES[:10], palette=COLOURS[:10])
    validated.val_dataloader.dataset.update(type='BaseSegDataset', metainfo=fewer, split=None)
    validated.val_dataloader.dataset.pop('split')
    validated.val_dataloader.dataset.data_prefix = dict(
        img_path='images/val', seg_map_path='annotations/val'
    )
    validated.val_dataloader.dataset.img_suffix = '.png'
    assert fault(validated) == (
        'ConfigError: train_dataloader.dataset has 11 classes and val_dataloader.dataset, by which '
        'the metric counts, has 10: give both the same metainfo.classes'
    )


def test_other_names_are_suspicious(validated, fault, caplog):
    names = ['Tree', 'Sky', 'Building', 'Pole', 'Road', 'Sidewalk', 'SignSymbol', 'Fence', 'Car',
             'Pedestrian', 'Bicyclist']  # fmt: skip
    validated.val_dataloader.dataset.metainfo = dict(classes=names)
    assert fault(validated) is None
    assert caplog.text.count('classes have other names in val_dataloader.dataset') == 1
    assert "the first 'Tree' for 'Sky'" in caplog.text


def test_a_palette_of_a_data_set_of_mmseg_is_checked_by_mmseg(validated, fault):
    validated.train_dataloader.dataset.metainfo = dict(palette=COLOURS[:10])
    with pytest.raises(ValueError, match='palette does not match classes') as raised:
        fault(validated)
    assert 'CamVidDataset in the config: palette does not match' in str(
        explain_build_error(raised.value)
    )


def test_a_palette_of_another_data_set(validated, parts_of):
    runner = parts_of(validated)
    other = SimpleNamespace(metainfo=dict(classes=NAMES, palette=COLOURS[:10]))
    runner.val_loop.dataloader = SimpleNamespace(dataset=other)
    with pytest.raises(
        ConfigError, match='^val_dataloader.dataset.metainfo.palette has 10 colours'
    ):
        check_numbers_of_classes(runner)


@pytest.mark.parametrize('path', ['decode_head', 'auxiliary_head'])
@pytest.mark.parametrize('kind', ['CrossEntropyLoss', 'WeightedCrossEntropyLoss', 'TverskyLoss'])
def test_the_number_of_weights_of_classes(validated, fault, path, kind):
    validated.model[path].loss_decode = dict(type=kind, class_weight=[1.0] * 12)
    assert fault(validated) == (
        f'ConfigError: model.{path}.loss_decode.class_weight has 12 weights, but the head predicts '
        '11 classes: give one for each class'
    )


def test_weights_that_are_none(validated, fault):
    validated.model.decode_head.loss_decode.class_weight = [0.0] * 11
    assert 'model.decode_head.loss_decode.class_weight is 0 for every class' in fault(validated)
