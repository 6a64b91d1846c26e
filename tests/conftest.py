"""Fixtures shared by all tests."""

import os
import sys
from pathlib import Path

import hypothesis
import pytest

# An example that waits for another process is no failure.
hypothesis.settings.register_profile('any machine', deadline=None)
hypothesis.settings.load_profile('any machine')

REPOSITORY = Path(__file__).resolve().parents[1]

# For `from layouts import …`: data sets drawn in their official layouts and encodings.
for folder in (Path(__file__).parent, Path(__file__).parent / 'tools'):
    sys.path.insert(0, str(folder))


@pytest.fixture(scope='session')
def repository() -> Path:
    """The root of the checkout: configs and tools lie there."""
    return REPOSITORY


@pytest.fixture(scope='session')
def camvid_root() -> Path:
    """The real CamVid (`images/…`, `annotations/…`), which is not part of the repository."""
    root = Path(os.environ.get('MMSEG_EXT_CAMVID', REPOSITORY.parent / 'shared' / 'camvid'))
    if not (root / 'images' / 'train').is_dir():
        pytest.skip(f'no CamVid at {root}; set MMSEG_EXT_CAMVID to a folder with it')
    return root
