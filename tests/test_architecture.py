"""The layout is the architecture: imports point down the ladder, nothing is circular, serving is torch-free."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import soutui

SOURCE = Path(soutui.__file__).parent

#: From the lowest rung to the highest. A file imports from rungs above it in this list, or from its own folder.
LADDER = (
    ("errors",),
    ("filters", "locks", "arrays"),
    ("types", "config"),
    ("data",),
    ("store",),
    ("text",),
    ("encode",),
    ("index",),
    ("rank",),
    ("bundle",),
    ("live",),
    ("forgiving",),
    ("retrieval",),
    ("engine",),
    ("evaluate",),
    ("lifecycle",),
    ("checks",),
    ("export",),
    ("workspace",),
    ("serve",),
    ("cli",),
)
RUNG = {name: place for place, names in enumerate(LADDER) for name in names}

#: Heavy libraries and the only files that may import them.
OWNERS = {
    "torch": {"encode/export.py"},
    "transformers": {"encode/export.py"},
    "sentence_transformers": {"encode/export.py"},
    "onnx": {"encode/export.py"},
    "fastapi": {"serve/app.py"},
    "typer": None,
    "tantivy": {"index/lexical.py"},
    "faiss": {"index/dense.py"},
    "pypinyin": {"text/pinyin.py"},
    "onnxruntime": {"encode/onnx.py", "encode/export.py"},
}


def _files() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "versions" not in path.parts)


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> set[str]:
    """Absolute names of the modules that a file imports anywhere, `TYPE_CHECKING` blocks left out."""
    found: set[str] = set()
    skipped: set[int] = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            skipped |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: write absolute imports"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_point_down_the_ladder(path: Path) -> None:
    name = _module(path)
    top = name.split(".")[1] if "." in name else ""
    if not top:
        return
    assert top in RUNG, f"{name} is on no rung: add it to the ladder, here and in docs/design.md"
    for other in _imports(path):
        parts = other.split(".")
        if parts[0] == "soutui" and len(parts) > 1 and parts[1] in RUNG and parts[1] != top:
            assert RUNG[parts[1]] < RUNG[top], f"{name} imports {other}, which is above it"


def test_no_import_cycle() -> None:
    modules = {_module(path): path for path in _files()}
    edges = {
        name: {other for other in _imports(path) if other in modules and other not in (name, "soutui")}
        for name, path in modules.items()
        if name != "soutui"
    }
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert state.get(name) != 1, f"import cycle: {' -> '.join((*trail, name))}"
        if state.get(name) == 2:
            return
        state[name] = 1
        for other in sorted(edges.get(name, ())):
            visit(other, (*trail, name))
        state[name] = 2

    for name in sorted(edges):
        visit(name, ())


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_heavy_libraries_have_one_owner(path: Path) -> None:
    here = path.relative_to(SOURCE).as_posix()
    for other in _imports(path):
        owners = OWNERS.get(other.split(".")[0])
        assert owners is None or here in owners, f"{here} imports {other}; only {sorted(owners)} may"


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_public_names() -> None:
    assert sorted(soutui.__all__) == sorted(
        ["Hit", "Page", "Reason", "Request", "SoutuiError", "Workspace", "__version__"]
    )
    for name in soutui.__all__:
        assert getattr(soutui, name) is not None
    with pytest.raises(AttributeError):
        soutui.nothing  # noqa: B018


def test_nothing_is_pickled() -> None:
    for path in _files():
        text = path.read_text("utf-8")
        assert "pickle" not in {name.split(".")[0] for name in _imports(path)}
        assert "allow_pickle=True" not in text


def test_importing_the_service_loads_no_torch() -> None:
    code = (
        "import sys, soutui.serve.app, soutui.workspace, soutui.cli\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx', 'matplotlib'}\n"
        "bad = sorted(heavy & set(sys.modules))\n"
        "assert not bad, bad"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
