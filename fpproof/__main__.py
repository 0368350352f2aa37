"""`python -m fpproof` is the command `fpproof`."""

import sys

from fpproof.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
