"""The metric as mmseg's evaluator calls it."""

import logging
import logging.handlers

import cv2
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmseg.registry import METRICS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation import Evaluation, Tail
from mmseg_ext.reports import read_evaluation, write_evaluation
from mmseg_ext.reports.table import per_class_table

CLASSES = ('road', 'car', 'cyclist')


def samples(seed=0, count=4, classes=3):
    rng = np.random.default_rng(seed)
    result = []
    for index in range(count):
        label = rng.integers(0, classes, (1, 20, 30))
        label[rng.random(label.shape) < 0.1] = 255
        result.append(
            dict(
                img_path=f'frames/{index:03d}.jpg',
                pred_sem_seg=dict(data=torch.from_numpy(rng.integers(0, classes, (1, 20, 30)))),
                gt_sem_seg=dict(data=torch.from_numpy(label)),
            )
        )
    return result


def evaluator_of(meta=None, **metric):
    evaluator = Evaluator(METRICS.build(dict(type='PerClassIoU', **metric)))
    evaluator.dataset_meta = dict(classes=CLASSES) | (meta or {})
    return evaluator


def evaluate(batch, meta=None, **metric):
    evaluator = evaluator_of(meta, **metric)
    evaluator.process(batch)
    return evaluator.evaluate(len(batch))


def test_scalars_equal_those_of_mmseg():
    batch = samples()
    ours = evaluate(batch)
    reference = METRICS.build(dict(type='IoUMetric'))
    reference.dataset_meta = dict(classes=CLASSES)
    reference.process({}, batch)
    for name, value in reference.evaluate(len(batch)).items():
        assert ours[name] == pytest.approx(value, abs=0.0051), name
    assert {'IoU/cyclist', 'Acc/road', 'Precision/car', 'F1/car', 'mF1', 'fwIoU'} < set(ours)
    assert ours['mIoU'] == pytest.approx(np.mean([ours[f'IoU/{name}'] for name in CLASSES]))


def test_a_class_that_does_not_occur_is_nan_and_left_out_of_the_mean():
    ours = evaluate(samples(classes=2))
    assert np.isnan(ours['IoU/cyclist'])
    assert ours['mIoU'] == pytest.approx((ours['IoU/road'] + ours['IoU/car']) / 2)


@pytest.fixture
def warned():
    """The warnings in mmengine's log."""
    handler = logging.handlers.BufferingHandler(100)
    handler.setLevel(logging.WARNING)
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield lambda: [record.getMessage() for record in handler.buffer]
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ('classes', 'message'),
    [
        (2, 'no label of this set has a pixel of cyclist: no IoU there, or 0 where it is'),
        (1, 'no label of this set has a pixel of car, cyclist: no IoU there'),
        (0, 'no label of this set has a pixel of any class: nothing was scored'),
        (3, None),
    ],
)
def test_classes_that_no_label_has_are_named_once(warned, classes, message):
    batch = samples(classes=max(1, classes))
    for sample in batch if classes == 0 else ():
        sample['gt_sem_seg']['data'][:] = 255
    evaluator = evaluator_of()
    for _ in range(2):
        evaluator.process(batch)
        evaluator.evaluate(len(batch))
    found = [text for text in warned() if 'no label of' in text]
    assert len(found) == (message is not None)
    assert message is None or found[0].startswith(message)


def test_predictions_alone_need_no_labels(tmp_path):
    batch = samples()
    for sample in batch:
        del sample['gt_sem_seg']
    assert evaluate(batch, format_only=True, output_dir=str(tmp_path)) == {}
    assert len(list(tmp_path.iterdir())) == 4
    with pytest.raises(DataError, match=r'elsewhere/000\.jpg: its prediction would replace that'):
        evaluate(
            [*batch, dict(batch[0], img_path='elsewhere/000.jpg')],
            format_only=True,
            output_dir=str(tmp_path),
        )


def test_an_id_out_of_range_names_the_image():
    batch = samples()
    batch[2]['gt_sem_seg']['data'][0, 3, 4] = 11
    with pytest.raises(DataError, match=r'frames/002.jpg: label ids \[11\] outside 0..2'):
        evaluate(batch)


def test_a_sample_without_label_names_the_image():
    batch = samples()
    del batch[1]['gt_sem_seg']
    with pytest.raises(DataError, match='frames/001.jpg: no label'):
        evaluate(batch)


def test_predictions_are_written_as_class_ids(tmp_path):
    batch = samples()
    evaluate(batch, output_dir=str(tmp_path / 'out'), keep_results=True)
    written = cv2.imread(str(tmp_path / 'out' / '003.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, batch[3]['pred_sem_seg']['data'][0].numpy())


def test_a_prediction_does_not_replace_that_of_another_image(tmp_path):
    batch = samples()
    batch[3]['img_path'] = 'others/001.png'
    with pytest.raises(DataError, match=r'others/001.png: .* that of frames/001.jpg, since both'):
        evaluate(batch, output_dir=str(tmp_path))
    written = cv2.imread(str(tmp_path / '001.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, batch[1]['pred_sem_seg']['data'][0].numpy())


def test_the_next_evaluation_writes_its_own_predictions(tmp_path):
    evaluator = evaluator_of(output_dir=str(tmp_path))
    for folder in ('frames', 'others'):
        batch = samples(seed=ord(folder[0]))
        for sample in batch:
            sample['img_path'] = sample['img_path'].replace('frames', folder)
        # A sampler may fill up a batch with images that were there.
        evaluator.process([*batch, batch[0]])
        evaluator.evaluate(5)
        written = cv2.imread(str(tmp_path / '002.png'), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(written, batch[2]['pred_sem_seg']['data'][0].numpy())


def test_ids_beyond_a_byte_are_written_as_they_are(tmp_path):
    evaluator = evaluator_of(
        dict(classes=tuple(map(str, range(301)))), output_dir=str(tmp_path), ignore_index=65535
    )
    sample = samples()[0]
    sample['pred_sem_seg'] = dict(data=torch.full((1, 20, 30), 300))
    sample['gt_sem_seg'] = dict(data=torch.full((1, 20, 30), 300))
    evaluator.process([sample])
    written = cv2.imread(str(tmp_path / '000.png'), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16 and (written == 300).all()


def test_the_evaluation_keeps_the_images_and_their_matrices():
    batch = samples()
    evaluator = evaluator_of(dict(palette=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
    evaluator.process(batch[:3])
    evaluator.process(batch[3:])
    evaluator.evaluate(4)
    evaluation = evaluator.metrics[0].evaluation
    assert evaluation.images == ('000.jpg', '001.jpg', '002.jpg', '003.jpg')
    assert evaluation.palette == ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    label = batch[2]['gt_sem_seg']['data'].numpy()
    np.testing.assert_array_equal(
        evaluation.matrices[2].sum(1), np.bincount(label[label != 255], minlength=3)
    )


def test_the_tail_is_what_is_rare_in_training():
    shares = dict(road=90.0, car=8.0, cyclist=2.0)
    ours = evaluate(samples(), dict(train_shares=shares))
    assert ours['tail_mIoU'] == pytest.approx(ours['IoU/cyclist'])
    ours = evaluate(samples(), dict(train_shares=shares), tail_below=10)
    assert ours['tail_mIoU'] == pytest.approx((ours['IoU/car'] + ours['IoU/cyclist']) / 2)
    ours = evaluate(samples(), dict(train_shares=shares), tail_classes=['road'])
    assert ours['tail_mIoU'] == pytest.approx(ours['IoU/road'])


@pytest.mark.parametrize('shares', [None, dict.fromkeys(CLASSES, 33.3)])
def test_no_tail_where_the_training_shares_are_unknown_or_nothing_is_rare(shares):
    assert 'tail_mIoU' not in evaluate(samples(), shares and dict(train_shares=shares))


def test_a_tail_class_that_is_none_is_refused_before_the_first_image():
    with pytest.raises(ConfigError, match="no class 'cyclists', did you mean cyclist"):
        evaluator_of(tail_classes=['cyclists'])


def test_shares_that_are_not_those_of_the_classes_are_refused_before_the_first_image():
    with pytest.raises(ConfigError, match="no class 'cyclst', did you mean cyclist"):
        evaluator_of(dict(train_shares=dict(road=90.0, car=8.0, cyclst=2.0)))
    # Of a data set with a choice of classes, there may be more.
    evaluator_of(dict(train_shares=dict(road=80.0, sky=10.0, car=8.0, cyclist=2.0)))


SHARES = dict(road=90.0, car=8.0, cyclist=2.0)


@pytest.mark.parametrize(
    ('meta', 'message'),
    [
        (dict(classes=('road', 'car', 'road')), "metainfo.classes: 'road' is there twice"),
        (dict(palette=[[1, 2, 3]] * 2), 'metainfo.palette has 2 colours for 3 classes'),
        (dict(palette=[[1, 2, 3, 4]] * 3), r'metainfo.palette: \(1, 2, 3, 4\) is no colour'),
        (dict(palette=[[1, 2, 256]] * 3), r'metainfo.palette: \(1, 2, 256\) is no colour'),
        (dict(train_shares=SHARES | dict(road='9')), "train_shares: road='9' is no percentage"),
        (dict(train_shares=SHARES | dict(road=-1)), 'train_shares: road=-1 is no percentage'),
    ],
)
def test_what_no_report_can_hold_is_refused_before_the_first_image(meta, message):
    with pytest.raises(ConfigError, match=message):
        evaluator_of(meta)


@pytest.mark.parametrize('boundary', [None, dict()])
def test_one_logit_for_two_classes_gives_the_same_figures(boundary, tmp_path):
    """mmseg predicts floats there."""
    batch, floats = samples(classes=2), samples(classes=2)
    for sample in floats:
        sample['pred_sem_seg']['data'] = sample['pred_sem_seg']['data'].float()
    meta = dict(classes=CLASSES[:2])
    figures = []
    for each in (batch, floats):
        evaluator = Evaluator(METRICS.build(dict(type='PerClassIoU', boundary=boundary,
                                                 output_dir=str(tmp_path))))  # fmt: skip
        evaluator.dataset_meta = meta
        evaluator.process(each)
        figures.append(evaluator.evaluate(len(each)))
    assert figures[0] == figures[1]
    written = cv2.imread(str(tmp_path / '000.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, batch[0]['pred_sem_seg']['data'][0])


def test_names_in_logs_can_be_written_everywhere(tmp_path):
    classes = ('road', '\ud800', '\x1b[31m')
    evaluator = Evaluator(METRICS.build(dict(type='PerClassIoU')))
    evaluator.dataset_meta = dict(classes=classes, palette=np.zeros((3, 3), np.int64))
    batch = samples()
    evaluator.process(batch)
    scalars = evaluator.evaluate(len(batch))
    assert {'IoU/road', r'IoU/\ud800', r'IoU/\x1b[31m'} < set(scalars)
    write_evaluation(evaluator.metrics[0].evaluation, tmp_path / 'report.json')
    assert read_evaluation(tmp_path / 'report.json').classes == classes


@pytest.mark.parametrize(
    ('argument', 'message'),
    [
        (dict(ignore_index=None), 'ignore_index=None: give an integer'),
        (dict(resamples=0), 'resamples=0: give a whole number from 1'),
        (dict(resamples=None), 'resamples=None'),
        (dict(boundary=True), 'boundary=True: give the options as a dict'),
        (dict(boundary=dict(tolerance=float('inf'))), 'boundary.tolerance: inf is neither'),
        (dict(boundary=dict(trimap_widths=[float('nan')])), 'boundary.trimap_widths: nan is'),
    ],
)
def test_an_argument_that_cannot_be_is_refused_when_it_is_built(argument, message):
    with pytest.raises(ConfigError, match=message):
        METRICS.build(dict(type='PerClassIoU', **argument))


def test_the_drives_of_the_data_set_are_resampled(capsys):
    evaluator = evaluator_of(dict(drive_pattern=r'\d(\d)\.'))
    evaluator.process(samples())
    evaluator.evaluate(4)
    assert evaluator.metrics[0].evaluation.units.kind == 'images'
    evaluator = evaluator_of(dict(drive_pattern=r'(\d)\d\d\.'))
    evaluator.process(samples())
    evaluator.evaluate(4)
    evaluation = evaluator.metrics[0].evaluation
    assert evaluation.units.described == '2 blocks of 2 consecutive frames within 1 drive'
    line = 'intervals: bootstrap over 2 blocks of 2 consecutive frames within 1 drive'
    assert line in per_class_table(evaluation, evaluation.intervals())


def test_files_that_were_renamed_are_evaluated_and_it_is_said():
    evaluator = evaluator_of(dict(drive_pattern=r'(\w+)_'))
    evaluator.process(samples())
    evaluator.evaluate(4)
    evaluation = evaluator.metrics[0].evaluation
    assert (
        'intervals: bootstrap over 4 images one by one, since drive_pattern '
        "'(\\\\w+)_' names the drive of none of the 4 images, such as '000.jpg'"
    ) in per_class_table(evaluation, evaluation.intervals())


@pytest.mark.parametrize(
    ('pattern', 'message'), [('(', 'not a regular expression'), ('a', 'has no group')]
)
def test_a_drive_pattern_that_is_none_is_refused_before_the_first_iteration(pattern, message):
    with pytest.raises(ConfigError, match=f"drive_pattern '.*': {message}"):
        evaluator_of(dict(drive_pattern=pattern))


def test_one_tail_class_may_stand_alone():
    ours = evaluate(samples(), tail_classes='car')
    assert ours['tail_mIoU'] == pytest.approx(ours['IoU/car'])


def test_no_pixel_is_left_out_by_a_label_that_none_has():
    batch = samples()
    for sample in batch:
        sample['gt_sem_seg']['data'] %= 3
    evaluator = evaluator_of(ignore_index=-1)
    evaluator.process(batch)
    evaluator.evaluate(4)
    assert evaluator.metrics[0].evaluation.matrix.sum() == 4 * 20 * 30


def test_the_data_sets_at_hand_have_a_tail():
    from mmseg_ext.data import CamVidDataset, ToyStreetsDataset
    from mmseg_ext.evaluation.tail import choose_tail

    for dataset, expected in (
        (CamVidDataset, ('Pole', 'SignSymbol', 'Fence', 'Pedestrian', 'Bicyclist')),
        (ToyStreetsDataset, ('marking', 'fence', 'pole', 'sign', 'person', 'cyclist')),
    ):
        meta = dataset.METAINFO
        assert set(meta['train_shares']) == set(meta['classes'])
        assert sum(meta['train_shares'].values()) == pytest.approx(100, abs=0.01)
        tail = choose_tail(meta['classes'], train_shares=meta['train_shares'])
        assert tail.classes == expected


def test_the_table_shows_shares_scores_and_intervals():
    matrices = np.tile(np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]]), (5, 1, 1))
    evaluation = Evaluation(CLASSES, tuple('abcde'), matrices, tail=Tail(('car',), 'as named'))
    lines = per_class_table(evaluation, evaluation.intervals()).splitlines()
    cells = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines if '|' in line]
    assert cells[1:] == [
        ['road', '66.67', '66.7', '66.7 to 66.7', '75.0', '85.7', '80.0'],
        ['car', '33.33', '50.0', '50.0 to 50.0', '75.0', '60.0', '66.7'],
        ['cyclist', '0.00', '-', '-', '-', '-', '-'],
        ['mean of 2 present', '', '58.3', '58.3 to 58.3', '75.0', '', '73.3'],
        ['tail', '', '50.0', '50.0 to 50.0', '', '', ''],
    ]
    assert lines[-2:] == [
        'pixel accuracy 75.0 %, frequency-weighted IoU 61.1 %, 5 images',
        'tail: car (as named)',
    ]
