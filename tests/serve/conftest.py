from __future__ import annotations

from shops import full_copy, full_folder, full_shop, plain_shop, still_toy, toy

__all__ = ["full_copy", "full_folder", "full_shop", "plain_shop", "still_toy", "toy"]
