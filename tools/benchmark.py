"""Measure what a config costs: `python tools/benchmark.py step CONFIG --vs CONFIG`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['benchmark', *sys.argv[1:]]))
