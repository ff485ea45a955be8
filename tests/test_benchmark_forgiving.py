"""The typing errors of the benchmark, and what it makes of them, on toys whose answers are known."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import forgiving
from benchmarks.typos import CHINESE, ENGLISH, mistype
from benchmarks.work import Work

from soutui.config import Settings

WORDS = "anchor basket candle dagger engine falcon garnet hammer island jacket kettle ladder magnet needle orchid"
THINGS = WORDS.split()


@pytest.mark.parametrize("kind", ENGLISH)
def test_english_errors(kind: str) -> None:
    query = "a waterproof jacket for 2 people"
    made = mistype(query, kind)
    assert made == mistype(query, kind), "the same error every time"
    assert made != query
    assert abs(len(made) - len(query)) <= 1
    assert "2" in made
    assert made.startswith("a"), "function words stay"
    assert mistype("the 42", kind) == "the 42", "nothing to mistype"


@pytest.mark.parametrize("kind", CHINESE)
def test_chinese_errors(kind: str) -> None:
    made = mistype("手表和温度计", kind, units=lambda run: ["手表", "和", "温度计"])
    assert made != "手表和温度计"
    assert "和" in made
    assert made.isascii() is False
    assert mistype("steel", kind) == "steel"


def test_an_error_for_every_four_words() -> None:
    query = "yellow waterproof jacket hiking mountain valley river forest"
    made = mistype(query, "drop")
    assert len(query) - len(made) == 2


def test_ratio_of_losses() -> None:
    plain = np.array([0.4, 0.2, 0.0, 0.2])
    found = forgiving.ratio(plain / 4, plain)
    assert found["value"] == pytest.approx(0.25)
    assert found["interval"] == pytest.approx([0.25, 0.25])
    assert forgiving.ratio(np.zeros(4), np.zeros(4))["value"] == 0


def test_a_set_is_measured_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "shared" / "benchmarks" / "search" / "scifact"
    folder.mkdir(parents=True)
    rows = [json.dumps({"id": f"d{at}", "title": f"{word} of brass", "text": word}) for at, word in enumerate(THINGS)]
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    (folder / "queries.tsv").write_text("".join(f"q{at}\t{word}\n" for at, word in enumerate(THINGS)))
    (folder / "qrels.test.tsv").write_text("".join(f"q{at}\td{at}\t1\n" for at in range(len(THINGS))))
    plain = Settings()
    plain = replace(plain, encoder=replace(plain.encoder, model="none"))
    work = Work(tmp_path / "work", tmp_path / "shared", settings=plain)
    assert forgiving.keys(work) == ["scifact", *forgiving.SAMPLES, forgiving.SPEED]
    facts = forgiving.measure(work, "scifact")
    assert facts["clean"][forgiving.PLAIN] == 1.0
    assert facts["typed"][forgiving.PLAIN]["transpose"] < 0.2, "every word is the whole query"
    assert facts["ratio"][forgiving.WORDS]["all"]["value"] < 0.5
    assert facts["alarms"] == 0
    told = forgiving.tell({"scifact": facts})
    assert "| scifact | 15 |" in told
    assert "scifact, mistyped" in told
