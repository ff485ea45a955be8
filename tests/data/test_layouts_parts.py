"""What layouts share: lines in two encodings, HTML to text, histories from windows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soutui.data.layouts.base import mixed_lines
from soutui.data.layouts.histories import Histories, join
from soutui.data.layouts.markup import plain
from soutui.data.quarantine import Quarantine


def test_lines_in_two_encodings_and_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soutui.data.layouts.base.MAX_LINE", 16)
    path = tmp_path / "mixed.dat"
    path.write_bytes("\ufeffcaf\u00e9\r\n".encode() + b"caf\xe9\n\n" + b"x" * 40 + b"\n" + b"0123456789abcde\nend")
    quarantine = Quarantine(None)
    assert list(mixed_lines(path, quarantine)) == [(1, "café"), (2, "café"), (5, "0123456789abcde"), (6, "end")]
    assert quarantine.reasons == {"line too long": 1}


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("a<b>b</b>c", "a b c"),
        ("&lt;b&gt; &#39;x&#x2019;s", "<b> 'x\u2019s"),
        ("x<script>if (a < b) {}</script >y<!-- never closed", "x"),
        ("x<STYLE>p{}</STYLE> y", "x y"),
        (None, ""),
        (12.0, "12"),
    ],
)
def test_markup(raw: object, wanted: str) -> None:
    assert plain(raw) == wanted


def test_hostile_markup_takes_linear_time() -> None:
    start = time.process_time()
    for piece in ("<!--", "<a", "<script", "<", "&"):
        assert len(plain(piece * 250_000)) <= len(piece) * 250_000
    # A second or so; anything quadratic takes hours.
    assert time.process_time() - start < 30


@given(st.text(alphabet="<>!-&;/ab\u0130 ", max_size=40))
def test_markup_takes_anything(text: str) -> None:
    assert "<b>" not in plain(text.replace("&", ""))


def test_histories() -> None:
    known = Histories()
    for window in ("ab", "abc", "bcd", "cde", "bc"):
        known.add("u", window)
    known.add("v", "xx")
    known.add("v", "xxx")
    known.add("w", "cd")
    known.add("w", "abc")  # an older window that comes later
    known.add("w", "qr")
    assert {user: "".join(items) for user, items in known} == {"u": "abcde", "v": "xxx", "w": "abcdqr"}


windows = st.lists(st.sampled_from("abc"), max_size=12).map(tuple)


@given(windows, windows)
def test_join_holds_both(known: tuple[str, ...], window: tuple[str, ...]) -> None:
    def inside(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
        return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))

    joined = join(known, window)
    assert inside(known, joined)
    assert inside(window, joined)
    naive = min(
        (
            first + second[size:]
            for first, second in ((known, window), (window, known))
            for size in range(min(len(first), len(second)) + 1)
            if first[len(first) - size :] == second[:size]
        ),
        key=len,
    )
    assert len(joined) <= len(naive)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30, unique=True), st.integers(2, 6))
def test_windows_give_the_history_back(history: list[str], size: int) -> None:
    known = Histories()
    for end in range(1, len(history) + 1):
        known.add("u", history[max(0, end - size) : end])
    assert [(user, list(items)) for user, items in known] == [("u", history)]


def test_one_user_with_very_many_rows() -> None:
    known = Histories()
    for number in range(3000):
        known.add("u", ("a", f"{number}"))
    ((_, items),) = known
    assert len(items) == 6000
