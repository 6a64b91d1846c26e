"""See what dropping a class leaves of it: `python tools/analyze_dropping.py CONFIG CHECKPOINT`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['analyze-dropping', *sys.argv[1:]]))
