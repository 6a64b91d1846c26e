"""For `from drawn_streets import …`, and mmseg's registries."""

import sys
from pathlib import Path

import pytest
from mmengine.registry import init_default_scope

import mmseg_ext.data  # noqa: F401 - registers the data sets

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture
def streets(tmp_path):
    """Training: cyclists by cars; test: six streets with a car, then six with a cyclist alone."""
    from drawn_streets import CAR, CYCLIST, SIDEWALK, write_street

    for index in range(12):
        car, cyclist = (CAR, 20, 30, 12, 20), (CYCLIST, 22, 54, 10, 4)
        write_street(tmp_path, 'train', f'{index}', [car, cyclist])
        alone = [car] if index < 6 else [(CYCLIST, 22, 54, 10, 4)]
        write_street(tmp_path, 'shift', f'{index:02}', alone)
    write_street(tmp_path, 'shift', '99', [], ground=SIDEWALK)
    return tmp_path
