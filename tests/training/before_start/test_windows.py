"""Windows that would fail at the first validation."""

import pytest
from mmengine.config import ConfigDict

SIZE = dict(crop_size=(32, 48))
STRIDE = dict(stride=(16, 24))


@pytest.mark.parametrize(
    ('setting', 'message'),
    [
        (None, "model.test_cfg.mode=None: set model.test_cfg=dict(mode='whole')"),
        (dict(), 'model.test_cfg.mode=None: set'),
        (dict(mode='windows'), "model.test_cfg.mode='windows': set"),
        (dict(mode='slide'), "model.test_cfg.crop_size=None: mode='slide' needs two whole numbers"),
        (dict(mode='slide', **SIZE), 'model.test_cfg.stride=None: mode='),
        (dict(mode='slide', **STRIDE), 'model.test_cfg.crop_size=None: mode='),
        (dict(mode='slide', stride=16, **SIZE), 'model.test_cfg.stride=16: mode='),
        (dict(mode='slide', stride=(16, 0), **SIZE), 'model.test_cfg.stride=(16, 0): mode='),
        (
            dict(mode='slide', stride=(16, 64), **SIZE),
            'model.test_cfg.stride=(16, 64) is more than crop_size=(32, 48), so that pixels betw',
        ),
        (dict(mode='slide', **SIZE, **STRIDE), None),
        (dict(mode='whole'), None),
    ],
)
def test_a_setting(validated, fault, setting, message):
    validated.model.test_cfg = None if setting is None else ConfigDict(setting)
    found = fault(validated)
    assert found is None if message is None else found.startswith(f'ConfigError: {message}')
