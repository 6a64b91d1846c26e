"""Fit the last layer of a model anew: `python tools/refit.py CONFIG CHECKPOINT --out FILE`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['refit', *sys.argv[1:]]))
