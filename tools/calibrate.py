"""Calibrate the decisions of a model: `python tools/calibrate.py CONFIG CHECKPOINT --out FILE`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['calibrate', *sys.argv[1:]]))
