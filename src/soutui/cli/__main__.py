"""``python -m soutui.cli``."""

from __future__ import annotations

import sys

from soutui.cli import main

if __name__ == "__main__":
    sys.exit(main())
