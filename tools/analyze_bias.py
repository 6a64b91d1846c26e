"""Measure a model's bias: `python tools/analyze_bias.py CONFIG CHECKPOINT`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['analyze-bias', *sys.argv[1:]]))
