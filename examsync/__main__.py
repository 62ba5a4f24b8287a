"""`python -m examsync` is `examsync`."""

import sys

from examsync.cli import main

if __name__ == "__main__":
    sys.exit(main())
