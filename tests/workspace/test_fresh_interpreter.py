"""What serves needs no training libraries, and says nothing unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shops import copy
from soutui.workspace import Workspace

_ASK = """
import json, sys
from soutui.workspace import Workspace
from soutui.data.schema import Event, Item
with Workspace.open(sys.argv[1]) as shop:
    found = shop.search("portable shelter for camping", user="u42", k=3).items
    shop.put([Item("new", "Inflatable canoe")])
    shop.record([Event("e-new", "click", "new", "u42", time=1.8e9)])
    asked = shop.recommend("u42", k=3).items, shop.similar("new", k=3).items
heavy = sorted({name.split(".")[0] for name in sys.modules} & {
    "torch", "transformers", "sentence_transformers", "onnx", "pandas", "ray", "typer", "rich", "fastapi", "uvicorn",
})
print(json.dumps([found, asked, heavy]))
"""


@pytest.fixture
def asked(full_folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    copy(full_folder, tmp_path / "shop").close()
    return subprocess.run(
        [sys.executable, "-c", _ASK, str(tmp_path / "shop")], capture_output=True, text=True, check=True, timeout=120
    )


def test_asking_loads_no_heavy_library_and_prints_nothing(asked: subprocess.CompletedProcess[str]) -> None:
    found, (recommended, similar), heavy = json.loads(asked.stdout)
    assert set(found) & {"tent-01", "tent-02", "tent-03"}
    assert recommended
    assert "new" not in recommended
    assert similar
    assert heavy == []
    assert asked.stderr == ""


def test_another_process_gets_the_same_answers(full_folder: Path, full_shop: Workspace) -> None:
    code = (
        "import sys; from soutui.workspace import Workspace\n"
        "with Workspace.open(sys.argv[1]) as shop:\n"
        "    for page in (shop.search('保温杯'), shop.search('tent', user='u42'), shop.recommend('u42')):\n"
        "        print(repr(page.hits))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(full_folder)], capture_output=True, text=True, check=True, timeout=120
    )
    pages = (full_shop.search("保温杯"), full_shop.search("tent", user="u42"), full_shop.recommend("u42"))
    assert done.stdout.splitlines() == [repr(page.hits) for page in pages]
