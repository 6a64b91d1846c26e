"""For `from drawn import …`: evaluations drawn for tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
