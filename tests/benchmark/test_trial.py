from pathlib import Path

import pytest
from mmengine.config import Config

from mmseg_ext.benchmark.trial import Trial

EVERYTHING = Path(__file__).parents[1] / 'tools' / 'killed' / 'everything.py'


@pytest.mark.methods('debias', 'gmm', 'boundary')
def test_predictions_get_no_targets(monkeypatch):
    """A test has none of the boundary tasks, and moving them to a GPU takes time."""
    trial = Trial(Config.fromfile(EVERYTHING), batch_size=2)
    seen = []
    trial.model.data_preprocessor.register_forward_pre_hook(
        lambda module, inputs: seen.extend(inputs[0]['data_samples'])
    )
    trial.predict()
    trial.train_step()
    assert [sorted(sample.keys()) for sample in seen[:2]] == [[], []]
    assert seen[0].metainfo['img_shape'] == (32, 48)
    for sample in seen[2:]:
        assert 'gt_edge_map' in sample and 'gt_sem_seg' in sample
