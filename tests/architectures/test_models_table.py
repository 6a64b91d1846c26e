"""The table of the guide to models: each plugin with each of them, trained and predicting."""

from itertools import takewhile

import pytest
from mmseg_models import MODELS, config_of
from one_step import Refusal, tried
from plugin_changes import (
    NEEDS,
    adjusted_loss,
    boundary_tasks,
    class_suppression,
    hardness,
    mixture,
    plain,
    plain_skips,
    predicting,
)

pytestmark = pytest.mark.methods('debias', 'gmm', 'boundary', 'hardness')

COLUMNS = (class_suppression, hardness, mixture, boundary_tasks, adjusted_loss)
REASONS = {
    'does not learn the classes of the labels, or not them alone': 'its head learns edges too',
    'computes its losses in a way of its own': 'its head has losses of its own',
    'has not; wrap a head that ends in `cls_seg`': 'no `conv_seg`',
    'needs a decode head whose last layer is the 1x1 convolution `conv_seg`': 'no `conv_seg`',
    'needs a head whose last layer is the 1x1 convolution `conv_seg`': 'no `conv_seg`',
    'give several in training alone': 'one map at inference',
}
"""What the messages of the refusals say, in the words of the table."""
BY_THE_BACKBONE = (mixture, plain_skips)
"""What depends on features is found by the check before a training, or at the first step."""


@pytest.fixture(scope='module')
def page(repository):
    return (repository / 'docs/guides/models.md').read_text()


# Its images must be large.
@pytest.mark.parametrize(
    'name',
    [pytest.param(name, marks=[pytest.mark.slow] * (name == 'LR-ASPP')) for name in MODELS],
)
def test_a_row_is_what_is_found(page, name):
    assert tried(plain(name, config_of(name))) is None
    head = predicting(config_of(name))['type']
    found = [cell(name, plugin) for plugin in COLUMNS]
    assert cell(name, plain_skips) == found[COLUMNS.index(mixture)]
    refusal = tried(plain(name, config_of(name)), calibrated=True)
    row = f'| {name} | `{head}` | {" | ".join([*found, words_of(refusal)])} |'
    assert row in page.splitlines(), f'docs/guides/models.md must have the row\n{row}'


def test_the_table_has_no_other_rows(page):
    lines = iter(page.splitlines())
    header = next(line for line in lines if line.startswith('| model | decode head |'))
    assert header.count('|') == len(COLUMNS) + 4
    _, *rows = takewhile(lambda line: line.startswith('|'), lines)
    assert [row.split(' | ')[0].removeprefix('| ') for row in rows] == list(MODELS)


def cell(name, plugin):
    refusal = tried(plugin(name, config_of(name)))
    need = NEEDS.get((name, mixture if plugin is plain_skips else plugin))
    if need is None:
        assert refusal is None or refusal.at_build or plugin in BY_THE_BACKBONE
        return words_of(refusal)
    assert refusal is not None, f'{plugin.__name__} no longer needs a change in {name}'
    words, change = need
    # Some are changes of the plugin's own options, others decide what the plugin sees.
    model = config_of(name)
    if plugin in BY_THE_BACKBONE:
        change(model)
        model = plugin(name, model)
    else:
        model = plugin(name, model)
        change(model)
    assert tried(model) is None
    return f'yes, {words}'


def words_of(refusal: Refusal | None) -> str:
    if refusal is None:
        return 'yes'
    reasons = [words for part, words in REASONS.items() if part in refusal.message]
    assert reasons, f'a refusal that the table has no words for: {refusal.message}'
    return f'no: {reasons[0]}'
