"""For `from page import …`: a drawn report page."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
