"""Train a model: `python tools/train.py CONFIG`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['train', *sys.argv[1:]]))
