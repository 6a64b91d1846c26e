"""For `from planted import …` and `from decode_heads import …`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
