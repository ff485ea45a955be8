from __future__ import annotations

import inspect
import re

import pytest

from soutui import errors

_LINE = re.compile(
    r"^(?P<indent>[ │├└─]*)(?P<name>\w+Error)\s+(?P<exit>\d+)\s+(?P<status>\d{3})(\s{3}(?P<what>\S.*))?$"
)
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
}


def drawn() -> dict[str, tuple[str, int, int]]:
    """By name: parent, exit code and HTTP status, read from the tree in the module's docstring."""
    found: dict[str, tuple[str, int, int]] = {}
    trail: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        depth = len(match["indent"].removeprefix("    ")) // 4
        trail[depth:] = [match["name"]]
        assert match["what"] or depth == 0, f"{match['name']} is not explained"
        found[match["name"]] = (trail[depth - 1] if depth else "Exception", int(match["exit"]), int(match["status"]))
    return found


def test_the_tree_is_drawn_as_it_is() -> None:
    real = {name: (kind.__bases__[0].__name__, kind.exit_code, kind.http_status) for name, kind in CLASSES.items()}
    assert drawn() == real
    assert list(drawn()) == list(CLASSES), "the drawing and the classes are in the same order"


def test_codes_are_unique_and_plain() -> None:
    codes = [kind.code for kind in CLASSES.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES.keys())
def test_every_error_has_its_own_documentation_and_numbers(kind: type[errors.SoutuiError]) -> None:
    assert "__doc__" in vars(kind)
    assert "code" in vars(kind)
    assert 1 <= kind.exit_code <= 125
    assert 400 <= kind.http_status <= 599


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES.keys())
def test_an_error_says_what_came_and_what_to_try(kind: type[errors.SoutuiError]) -> None:
    error = kind("价格 came", "try this")
    assert str(error) == error.message == "价格 came"
    assert error.as_dict() == {"code": kind.code, "message": "价格 came", "hint": "try this"}
    assert kind("x").hint == ""
    with pytest.raises(errors.SoutuiError):
        raise error
