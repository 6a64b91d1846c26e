"""Look at what a model is fed: `python tools/browse_data.py CONFIG --out DIR`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['browse', *sys.argv[1:]]))
