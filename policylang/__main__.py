"""The command ``policylang``, also ``python -m policylang``, which an interrupt ends without a traceback."""

import sys

from policylang.cli import INTERRUPTED


def main() -> None:
    """Run the command; an interrupt is met here while the command itself is still being loaded."""
    try:
        from policylang.cli.main import main as command

        command()
    except KeyboardInterrupt:
        if sys.stderr is not None:  # None: closed before the start
            sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
