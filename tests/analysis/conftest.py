"""The random policies and records of tests/laws are used here too."""

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))
