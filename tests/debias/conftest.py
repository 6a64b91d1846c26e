"""A message hub of its own for every test, and tiny heads as a module to import."""

import itertools
import sys
from pathlib import Path

import pytest
from mmengine.logging import MessageHub

sys.path.insert(0, str(Path(__file__).parent))

NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def message_hub():
    return MessageHub.get_instance(f'test_debias_{next(NUMBERS)}')
