"""The curves of a training."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from mmseg_ext.common.printable import figure_text
from mmseg_ext.reports.page.charts import INK, SERIES, new_axes, to_svg

_DASHES = ('-', '--', ':', '-.')
_RATES = ('base_lr', 'lr')
_SHOWN_MARKS = 40

Curves = Mapping[str, Sequence[Sequence[float]]]


def curve_figures(curves: Curves) -> list[tuple[str, Markup]]:
    """Draw the losses, the validation and the learning rate, each in a figure of its own.

    Args:
        curves: (step, value) pairs by name; what has `loss` in its name is a loss, `loss` the sum
            of its terms, `lr` and `base_lr` are learning rates.

    Returns:
        Title and figure of each part that has curves.
    """
    losses = {name: curves[name] for name in sorted(curves, key=_loss_order) if 'loss' in name}
    rates = {name: curves[name] for name in _RATES if name in curves}
    if len(rates) == len(_RATES) and rates['lr'] == rates['base_lr']:
        del rates['base_lr']
    others = {
        name: curve for name, curve in curves.items() if name not in losses and name not in _RATES
    }
    parts = [('Loss and its terms', losses), ('Validation, %', others), ('Learning rate', rates)]
    return [(title, _figure(title, part)) for title, part in parts if part]


def _loss_order(name: str) -> tuple[bool, str]:
    return name != 'loss', name


def _figure(title: str, curves: Curves) -> Markup:
    rows = -(-len(curves) // 2)
    figure, (axis,) = new_axes(4.6, 2.8 + 0.17 * rows)
    for place, (name, curve) in enumerate(curves.items()):
        steps, values = np.array(curve, float).T
        # Colours come again with another dash, so that no curve is left out for want of one.
        dash = _DASHES[place // len(SERIES) % len(_DASHES)]
        # Wide and below the others: of one term, the sum is the same curve.
        sum_of_all = name == 'loss'
        axis.plot(steps, values, color=INK if sum_of_all else SERIES[place % len(SERIES)],
                  ls=dash, lw=3.6 if sum_of_all else 1.4, alpha=0.45 if sum_of_all else 1,
                  label=figure_text(name), ms=3,
                  marker='o' if len(steps) < _SHOWN_MARKS and not sum_of_all else None)  # fmt: skip
    axis.set_xlabel('step')
    axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    axis.legend(frameon=False, fontsize=8, labelcolor=INK, ncols=2 if rows > 1 else len(curves),
                loc='lower center', bbox_to_anchor=(0.5, 1.0))  # fmt: skip
    names = ', '.join(curves)
    return to_svg(figure, f'{title} by step of the training: {names}')
