"""The plots of a page."""

import re
from pathlib import Path

import numpy as np
import pytest
from contrast import contrast
from matplotlib.colors import to_rgb

from mmseg_ext.reports import page
from mmseg_ext.reports.page.charts import CELL, INK, cell_colours
from mmseg_ext.reports.page.curves import curve_figures

CSS = (Path(page.__file__).parent / 'templates' / 'page.css').read_text()


@pytest.mark.parametrize('theme', [0, 1])
def test_the_numbers_of_the_confusion_matrix_can_be_read(theme):
    """On every share, in the light and the dark theme."""
    paper, ink = (
        255 * np.array(to_rgb(re.findall(rf'--{name}: (#\w+)', CSS)[theme]))
        for name in ('paper', 'ink')
    )
    for share in np.linspace(0.005, 1, 200):
        alpha, colour = cell_colours(share)
        cell = alpha * 255 * np.array(to_rgb(CELL)) + (1 - alpha) * paper
        text = ink if colour == INK else (255, 255, 255)
        assert contrast(text, cell) > 4.5, share


def test_every_term_of_the_loss_has_a_curve():
    """More terms than there are colours."""
    names = [f'decode.loss_{i}' for i in range(8)]
    curves = {name: [[10, 1.0], [20, 0.5]] for name in ['lr', 'tail_mIoU', *names, 'loss', 'mIoU']}
    figures = dict(curve_figures(curves))
    assert list(figures) == ['Loss and its terms', 'Validation, %', 'Learning rate']
    loss, validation, rate = figures.values()
    assert all(f'>{name}</text>' in loss for name in [*names, 'loss'])
    drawn = set(re.findall(r'style="(fill: none; stroke[^"]*stroke-width: 1.4[^"]*)"', loss))
    assert len(drawn) == len(names), 'each in a colour and dash of its own'
    assert '>mIoU</text>' in validation and '>tail_mIoU</text>' in validation
    assert '>lr</text>' in rate and 'loss' not in rate


def test_a_rate_that_is_the_same_for_all_parameters_is_drawn_once():
    curve = [[10, 0.1], [20, 0.01]]
    ((_, rate),) = curve_figures({'lr': curve, 'base_lr': curve})
    assert '>lr</text>' in rate and 'base_lr' not in rate
    ((_, rate),) = curve_figures({'lr': curve, 'base_lr': [[10, 0.2], [20, 0.02]]})
    assert '>base_lr</text>' in rate
