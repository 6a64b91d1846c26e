"""What boundary quality costs: the drawn prediction, and the comparison with a forward pass."""

import numpy as np
import pytest

from mmseg_ext.benchmark.boundary_cost import (
    boundary_cost_table,
    compare_boundary,
    imperfect,
)
from mmseg_ext.benchmark.street import draw_street
from mmseg_ext.common.config import load_config
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation import ClassScores, confusion_matrix


@pytest.fixture
def config(repository, tmp_path):
    def load(classes):
        text = (repository / 'tests' / 'tools' / 'tiny_camvid.py').read_text()
        path = tmp_path / f'classes_{classes}.py'
        path.write_text(text.replace('num_classes=11', f'num_classes={classes}'))
        return load_config(str(path))

    return load


def test_the_drawn_prediction_is_neither_perfect_nor_noise():
    label, _ = draw_street(200, 400)
    pred = imperfect(label)
    assert pred.shape == label.shape and 255 not in np.unique(pred)
    assert 0.5 < ClassScores.from_confusion(confusion_matrix(pred, label, 19)).mean_iou < 0.9


def test_it_is_compared_with_a_forward_pass(config):
    result = compare_boundary(config(19), 200, 256, repeats=2, warm_up=1)
    assert result['setting']['crop'] == [200, 256]
    assert result['setting']['boundary']['tolerance'] == 2
    times = result['boundary']
    assert len(times['ours']) == len(times['theirs']) == 2
    table = boundary_cost_table(result)
    assert f'{1000 * times["ours_s"]:.1f}' in table and f'{times["ratio"]:.3f}' in table
    assert table.startswith('forward pass: classes_19\n')


def test_a_model_of_other_classes_is_refused(config):
    with pytest.raises(ConfigError, match="11 classes; .* Cityscapes' 19"):
        compare_boundary(config(11), 200, 256, repeats=1, warm_up=0)
