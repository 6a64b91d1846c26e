"""Read reports: `python tools/report.py compare RUN --baseline RUN`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main(['report', *sys.argv[1:]]))
