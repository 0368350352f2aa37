"""`python -m fpproof` is the command `fpproof`, and so is the script that an installation makes."""

import sys


def main() -> int:
    """Run the command of the process's arguments; the exit code. Ctrl-C while it is still being imported gives a line too, and no traceback."""
    try:
        from fpproof.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        print("fpproof: error: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
