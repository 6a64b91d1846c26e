"""Make data sets where reading the published files is not enough: `toy`, `camvid`, `cityscapes`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['prepare-data', *sys.argv[1:]]))
