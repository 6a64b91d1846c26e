"""Evaluate a checkpoint: `python tools/test.py CONFIG CHECKPOINT`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['test', *sys.argv[1:]]))
