"""Look at a mixture: `python tools/show_mixture.py CONFIG CHECKPOINT IMAGE ...`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['show-mixture', *sys.argv[1:]]))
