"""`python -m mmseg_ext COMMAND`: the same as `mmseg-debias COMMAND`."""

import sys

from mmseg_debias import main

if __name__ == '__main__':
    sys.exit(main())
