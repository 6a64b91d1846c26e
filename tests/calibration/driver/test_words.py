"""What is said of a calibration is what was measured."""

from dataclasses import replace

import numpy as np
import pytest

from mmseg_ext.calibration.calibrate import Calibration
from mmseg_ext.calibration.driver.fit_data import FitData
from mmseg_ext.calibration.driver.fitted import Fitted
from mmseg_ext.calibration.driver.words import expectation, record_of, warnings_of
from mmseg_ext.calibration.gains import Gain
from mmseg_ext.evaluation.tail import Tail

NAN = float('nan')


class CamVidDataset:
    """Only its name is said."""


@pytest.fixture
def fitted() -> Fitted:
    calibration = Calibration(
        objective='mIoU',
        stage=2,
        scale=0.8,
        bias=np.array([-0.3, 0.6, 0.0]),
        shown=True,
        gains=dict(mIoU=Gain(0.5, 0.525, 0.01, 0.04), nll=Gain(0.4, 0.35, -0.06, -0.04)),
        class_gains=[
            Gain(0.9, 0.885, -0.02, -0.01),
            Gain(0.1, 0.165, 0.04, 0.09),
            Gain(*[NAN] * 4),
        ],
        labelled=np.array([900, 100, 0]),
        frames=20,
        units='6 blocks of 3 to 4 consecutive frames within 2 drives',
        folds=5,
    )
    data = FitData(
        dataset=CamVidDataset(),
        split='train',
        checkpoint='iter.pth',
        sha256='0' * 64,
        classes=('road', 'pole', 'cat'),
        tail=Tail(('pole', 'cat'), 'rare'),
        train_shares=dict(road=96.5, pole=3.0, cat=0.5),
        notes=('a note',),
        workers=0,
    )
    return Fitted(
        calibration=calibration,
        data=data,
        bias_name='decode_head.conv_seg.bias',
        added=np.array([-0.3, 0.6, 0.0]),
        seed=0,
    )


def test_means_classes_and_who_pays(fitted):
    text = expectation(fitted)
    rows = [line.replace('|', ' ').split() for line in text.splitlines()]
    assert ['mIoU', '50.0', '52.5', '+2.5', '+1.0', 'to', '+4.0'] in rows
    assert ['nll', '0.400', '0.350', '-0.050', '-0.060', 'to', '-0.040'] in rows
    assert ['pole', '10.0', '16.5', '+6.5', '+4.0', 'to', '+9.0', '+0.60', '10.00'] in rows
    assert ['cat', '-', '-', '-', '-', '+0.00', '0.00'] in rows
    assert 'fitted on 1000 pixels of 20 frames of train' in text
    assert 'intervals over 6 blocks of 3 to 4 consecutive frames within 2 drives' in text
    assert text.endswith('classes that pay: road -1.5')
    gains = [Gain(0.5, 0.6, 0, 0.2)] * 3
    nobody = replace(fitted, calibration=replace(fitted.calibration, class_gains=gains))
    assert expectation(nobody).endswith('no class pays')


def test_what_stands_between_the_expectation_and_the_truth(fitted):
    warnings = warnings_of(fitted)
    assert warnings[0] == 'a note'
    assert warnings[1].startswith('the model was trained on these frames: on new ones expect less')
    assert warnings[2] == 'no pixel of cat was fitted on: its bias is not known'
    assert warnings[3].startswith(
        'these frames are unlike the training set: pole 10.00 % instead of 3.00 %; what'
    )
    other = dict(split='val', train_shares=dict(road=93, pole=6, cat=1), notes=())
    alike = replace(fitted, data=replace(fitted.data, **other))
    assert warnings_of(alike) == ['no pixel of cat was fitted on: its bias is not known']
    unknown = replace(alike, data=replace(alike.data, train_shares=None))
    assert warnings_of(unknown)[1].startswith('the data set has no train_shares: whether')


def test_the_record_is_of_plain_values(fitted):
    record = record_of(fitted)
    assert record['added'] == [-0.3, 0.6, 0.0] and record['pixels'] == [900, 100, 0]
    assert record['expected']['mIoU'] == dict(before=0.5, after=0.525, low=0.01, high=0.04)
    assert record['expected_iou'][0]['after'] == 0.885
    assert record['tail_classes'] == ['pole', 'cat'] and record['scale'] == 0.8

    def types(value):
        inner = value.values() if isinstance(value, dict) else value
        nested = isinstance(value, (dict, list))
        return {type(value)} | ({t for each in inner for t in types(each)} if nested else set())

    assert types(record) <= {dict, list, str, int, float, bool, type(None)}
