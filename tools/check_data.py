"""Check every file of a config's data sets: `python tools/check_data.py CONFIG`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['check-data', *sys.argv[1:]]))
