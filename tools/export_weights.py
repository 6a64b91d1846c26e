"""Strip a checkpoint to what inference needs: `python tools/export_weights.py CHECKPOINT`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['export-weights', *sys.argv[1:]]))
