"""What the analysis writes: figures as plain JSON, tables and the picture."""

import dataclasses
import json

import cv2
import numpy as np
import pytest

from mmseg_ext.analysis.bias.counts import BiasCounts
from mmseg_ext.analysis.bias.dependence import counts_beside
from mmseg_ext.analysis.bias.figures import bias_figures
from mmseg_ext.analysis.bias.heat_map import draw_dependence
from mmseg_ext.analysis.bias.tables import bias_tables
from mmseg_ext.common.errors import DataError

CLASSES = ('road', 'car', 'cyclist', 'absent')
SETTINGS = dict(suppression='channels', shift_split='shift')


def counts(name='plain', lost=20, shifted=True, images=6):
    """Suppressing the car turns `lost` of 40 cyclist pixels of each image into road."""
    plain = np.diag([100, 60, 40, 0])
    suppressed = np.tile(plain, (4, 1, 1))
    for a in range(3):
        suppressed[a, a] = 0
        suppressed[a, a, (a + 1) % 3] = plain[a, a]
    suppressed[1, 2] = [lost, 0, 40 - lost, 0]
    out_of_context = plain.copy()
    out_of_context[2] = [30, 0, 10, 0]
    rng = np.random.default_rng(0)
    return BiasCounts(
        name=name,
        classes=CLASSES,
        images=tuple(f'{index}.png' for index in range(images)),
        matrices=np.tile(plain, (images, 1, 1)),
        plain=np.tile(counts_beside(np.tile(plain, (4, 1, 1))), (images, 1, 1, 1)),
        suppressed=np.tile(counts_beside(suppressed), (images, 1, 1, 1)),
        weight=rng.normal(size=(4, 8)),
        deviation=rng.exponential(size=8),
        # A channel that is 1 on roads, one that is 2 on cars and one that is 3 on cyclists.
        latents=np.diag([1.0, 2, 3]).repeat(20, axis=0).astype(np.float32),
        latent_classes=np.arange(3).repeat(20),
        shifted=np.tile(out_of_context, (3, 1, 1)) if shifted else None,
        shifted_images=('a.png', 'b.png', 'c.png') if shifted else (),
    )


def test_figures_of_one_model():
    figures = json.loads(json.dumps(bias_figures([counts()], SETTINGS), allow_nan=False))
    (model,) = figures['models']
    assert model['iou'] == dict(road=100, car=100, cyclist=100, absent=None)
    change = model['dependence']['change']
    # 20 of the 40 cyclist pixels become road, beside 100 of the road's own.
    assert change[1][:3] == pytest.approx([100 * (100 / 120 - 1), -100, -50])
    assert [row[3] for row in change] == [None] * 4
    assert model['dependence']['on_others']['car'] == pytest.approx((100 / 6 + 50) / 2)
    # Three classes have an IoU: two others for each of them, three for the absent one.
    off_diagonal = (100 / 6 + 50) / 9
    assert model['dependence']['off_diagonal'] == pytest.approx(off_diagonal)
    assert model['dependence']['off_diagonal_interval_95'] == pytest.approx([off_diagonal] * 2)
    assert model['context_gap']['gap']['cyclist'] == pytest.approx(75)
    assert model['context_gap']['gap']['absent'] is None
    assert model['context_gap']['images'] == 3
    assert 0 < model['spread']['disentanglement'] < 1
    # Of three classes alike many, another channel knows log(27/4)/3 less 2/3 log 2 of this entropy.
    entropy = np.log(27 / 4) / 3
    gaps = model['latent_gaps']
    expected = 1 - (entropy - 2 / 3 * np.log(2)) / entropy
    assert gaps['mig'] == pytest.approx(expected) == gaps['mig_of']['car']
    assert gaps['mig_of']['absent'] is None and gaps['sap_of']['absent'] is None
    assert gaps['pixels'] == 60 and 0.3 < gaps['sap'] < 0.7
    assert figures['difference'] is None


def test_the_difference_of_two_models_is_the_first_minus_the_second():
    figures = bias_figures([counts('debiased', lost=0), counts()], SETTINGS)
    assert figures['difference']['off_diagonal'] == pytest.approx(-(100 / 6 + 50) / 9)
    low, high = figures['difference']['off_diagonal_interval_95']
    assert low == pytest.approx(high) and low < 0
    assert figures['difference']['context_gap']['gap']['cyclist'] == 0


def test_drives_are_resampled_in_both_splits():
    names = tuple(f'{drive}_{frame}.png' for drive in 'abcdefgh' for frame in range(2))
    rng = np.random.default_rng(0)
    plain = np.repeat(rng.integers(20, 60, (8, 4, 4)), 2, axis=0)
    whole = dataclasses.replace(
        counts(images=16), images=names, matrices=plain, shifted_images=names, shifted=plain[::-1]
    )
    alone, together = (
        bias_figures([dataclasses.replace(whole, drive_pattern=pattern)], SETTINGS)
        for pattern in (None, r'(\w)_')
    )
    assert together['resampled'] == '8 drives of 2 images'
    assert '95 % intervals over 8 drives of 2 images; classes' in bias_tables(together)
    widths = [
        np.diff(each['models'][0]['context_gap']['mean_interval_95'])[0]
        for each in (alone, together)
    ]
    # Two frames alike are one observation.
    assert widths[1] / widths[0] == pytest.approx(2**0.5, rel=0.15)


@pytest.mark.parametrize(
    ('changes', 'what'),
    [
        (dict(images=tuple('abcdef')), 'images'),
        (dict(classes=tuple('abcd')), 'classes'),
        (dict(matrices=2 * counts().matrices), 'labels'),
        (
            dict(shifted=counts().shifted[:2], shifted_images=('a', 'b')),
            'labels in the split of another context',
        ),
    ],
)
def test_models_on_different_data_are_not_compared(changes, what):
    with pytest.raises(DataError, match=f'debiased and plain .*different {what}'):
        bias_figures([counts('debiased'), dataclasses.replace(counts(), **changes)], SETTINGS)


def cells(text):
    return [[cell.strip() for cell in line.split('|')[1:-1]] for line in text.splitlines()
            if line.startswith('|')]  # fmt: skip


def test_tables_of_one_model():
    rows = cells(bias_tables(bias_figures([counts()], SETTINGS)))
    assert ['off-diagonal: mean change of the others, points', '7.4 (7.4 to 7.4)'] in rows
    assert ['car', '100.0', '-100.0', '33.3', 'cyclist -50.0'] in rows
    assert ['absent', '-', '-', '0.0', 'road +0.0'] in rows
    assert ['cyclist', '100.0', '25.0', '+75.0', '75.0 to 75.0'] in rows
    assert ['absent', '-', '-', '-', '-'] in rows


def test_tables_of_two_models():
    text = bias_tables(bias_figures([counts('debiased', lost=0), counts()], SETTINGS))
    rows = cells(text)
    assert rows[0] == ['', 'A: debiased', 'B: plain', 'difference']
    assert rows[2][1:] == ['0.0 (0.0 to 0.0)', '7.4 (7.4 to 7.4)', '-7.4 (-7.4 to -7.4)']
    assert ['car', '100.0', '-100.0', '0.0', 'road +0.0', '100.0', '-100.0', '33.3',
            'cyclist -50.0'] in rows  # fmt: skip
    assert rows[-2][-1] == '+0.0 (0.0 to 0.0)'
    assert 'A: debiased, B: plain' in text


def test_two_models_of_one_name():
    rows = cells(bias_tables(bias_figures([counts('plain', lost=0), counts()], SETTINGS)))
    assert rows[0] == ['', 'A: plain', 'B: plain', 'difference']


def test_without_a_shifted_split_there_is_no_context_table():
    figures = bias_figures([counts(shifted=False)], dict(SETTINGS, shift_split=None))
    assert figures['models'][0]['context_gap'] is None
    assert 'ontext' not in bias_tables(figures)


@pytest.mark.parametrize('models', [1, 2])
def test_the_picture(tmp_path, models):
    figures = bias_figures([counts('debiased'), counts()][:models], SETTINGS)
    draw_dependence(figures, tmp_path / 'new' / 'dependence.png')
    picture = cv2.imread(str(tmp_path / 'new' / 'dependence.png'))
    height, width = picture.shape[:2]
    assert width > models * 0.8 * height
    # Losses are red: the cyclist's without the car, the only dark cell that is no diagonal.
    blue, green, red = np.moveaxis(picture.astype(int), -1, 0)
    assert ((red > 80) & (blue < 50) & (green < 50)).sum() > 300
