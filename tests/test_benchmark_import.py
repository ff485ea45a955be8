"""The benchmark of imports: its files say what they should, and its report tells what was measured."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from benchmarks import importing
from benchmarks.work import Work


def test_the_files_are_seeded_and_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 700)
    events = pa.concat_tables(importing.make_events(1_500))
    assert events.num_rows == len(set(events["event_id"].to_pylist())) == 1_500
    assert events.equals(pa.concat_tables(importing.make_events(1_500)))
    assert set(events["event_type"].to_pylist()) == set(importing.KINDS)
    rated = [value is not None for value in events["value"].to_pylist()]
    assert rated == [kind == "rating" for kind in events["event_type"].to_pylist()]
    assert importing.make_items(50).equals(importing.make_items(50))


def test_items_are_imported_beside_the_bare_reference(tmp_path: Path) -> None:
    facts = importing.measure(Work(tmp_path, None, 0.001), "items")
    assert facts["items.parquet"]["rows"] == facts["items.csv"]["rows"] == facts["rows"] == 200
    assert facts["items.parquet"]["bare"] > 0
    assert list(tmp_path.iterdir()) == []


def test_the_report_says_what_was_met() -> None:
    one = {"rows": 1_000_000, "seconds": 10.0, "memory": {"peak": 5e8}}
    events = dict.fromkeys(importing.FORMS, one) | {"ordered.parquet": one | {"bare": 8.0}, "rows": 1_000_000}
    memory = {"1000000": one, "10000000": one | {"memory": {"peak": 1.6e9}}}
    told = importing.tell({"events": events, "memory": memory})
    assert "| Parquet, ids in order | 1,000,000 | 10.0 | 100,000 | 125,000 | 0.80 | 500 |" in told
    for form in ("ids in order", "random ids", "no ids"):
        assert f"| events a second, Parquet, {form} | ≥ 50,000 | 100,000 | yes |" in told
    assert "| peak memory of importing 10,000,000 events | ≤ 1.5 GB | 1.60 GB | **no** |" in told
