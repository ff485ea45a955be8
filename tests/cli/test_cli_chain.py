"""The way of a person through the verbs, on the sample shop."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cli_shop import Cli, SampleShop

from soutui.data import sample


def test_search_says_what_and_why(cli: Cli, sample_shop: SampleShop) -> None:
    page = cli(
        *("search", sample_shop.folder, "steel bottle", "--user", "u42", "-k", 3),
        *("--filter", "category=outdoor", "--facet", "brand", "--json"),
    ).json
    assert page["items"][0] == "bottle-01"
    assert page["hits"][0]["reasons"][0]["source"] == "lexical"
    assert {"title", "score", "attributes", "highlights"} <= page["hits"][0].keys()
    assert sum(page["facets"]["brand"].values()) >= 3
    assert page["bundle"] == "000001"
    told = cli("search", sample_shop.folder, "steel bottle", "-k", 3)
    assert told.code == 0
    assert "bottle-01" in told.out
    assert "words: steel, bottle" in told.out
    assert "<em>" not in told.out


def test_filters_offset_and_history(cli: Cli, sample_shop: SampleShop) -> None:
    shop = sample_shop.folder
    page = cli("search", shop, "bottle", "--filter", "brand=Kibo", "-f", "price<=20", "--json").json
    assert page["items"]
    assert all(hit["attributes"]["brand"] == "Kibo" and hit["attributes"]["price"] <= 20 for hit in page["hits"])
    whole = cli("search", shop, "bottle", "-k", 5, "--json").json["items"]
    assert cli("search", shop, "bottle", "-k", 3, "--offset", 2, "--json").json["items"] == whole[2:]
    session = cli("recommend", shop, "--history", "stove-01, tent-02", "--json").json
    assert session["items"]
    assert not {"stove-01", "tent-02"} & set(session["items"])


def test_recommend_and_similar(cli: Cli, sample_shop: SampleShop) -> None:
    user = cli("recommend", sample_shop.folder, "u42", "--json").json
    assert user["hits"][0]["reasons"][0]["evidence"]
    assert user["note"] == ""
    stranger = cli("recommend", sample_shop.folder, "nobody-knows-me")
    assert stranger.code == 0
    assert "popular" in stranger.out
    kin = cli("similar", sample_shop.folder, "stove-01", "-k", 4, "--json").json
    assert len(kin["items"]) == 4
    assert "stove-01" not in kin["items"]


def test_evaluate_shows_baselines_and_runs(cli: Cli, sample_shop: SampleShop) -> None:
    told = cli("evaluate", sample_shop.folder, "--runs")
    assert told.code == 0
    for word in ("soutui", "bm25", "popular", "random", "ndcg@10", "baseline", "soutui.tsv.gz"):
        assert word in told.out
    facts = cli("evaluate", sample_shop.folder, "--kind", "search", "--json").json
    assert set(facts) == {"bundle", "search"}
    assert 140 < facts["search"]["requests"] <= len(sample.queries())
    assert "留出查询" in cli("evaluate", sample_shop.folder, "--language", "zh").out


def test_run_and_compare(cli: Cli, sample_shop: SampleShop, tmp_path: Path) -> None:
    shop, files = sample_shop.folder, sample_shop.files
    streamed = cli("run", shop, "--queries", files / "queries.tsv", "-k", 5, "--tag", "ours")
    lines = [line.split() for line in streamed.out.splitlines()]
    assert all(len(line) == 6 and line[1] == "Q0" and line[5] == "ours" for line in lines)
    by_query: dict[str, list[list[str]]] = {}
    for line in lines:
        by_query.setdefault(line[0], []).append(line)
    for ranked in by_query.values():
        assert [int(line[3]) for line in ranked] == list(range(1, len(ranked) + 1))
        scores = [float(line[4]) for line in ranked]
        assert scores == sorted(scores, reverse=True)
    ours, other = tmp_path / "ours.run", tmp_path / "other.tsv.gz"
    ours.write_text(streamed.out)
    assert cli("run", shop, "--queries", files / "queries.tsv", "-k", 1, "-o", other).out == ""
    assert gzip.decompress(other.read_bytes()).startswith(b"qid\titem\trank\tscore\n")
    made = cli("compare", ours, other, "--qrels", files / "judgments.tsv", "-m", "ndcg@10", "-m", "recall@5", "--json")
    first = made.json["comparisons"][0]
    assert first["baseline"] == "ours"
    assert first["rows"][1]["verdict"] == "worse"
    (tmp_path / "few.txt").write_text("q01\nq02\n")
    few = cli("compare", ours, other, "--qrels", files / "judgments.tsv", "--queries", tmp_path / "few.txt", "--json")
    assert few.json["comparisons"][0]["rows"][0]["n"] == 2
    told = cli("compare", ours, other, "--qrels", files / "judgments.tsv", "--language", "zh")
    assert "更差" in told.out
    assert "| system |" in cli("compare", ours, other, "--qrels", files / "judgments.tsv", "--markdown").out


def test_run_for_users(cli: Cli, sample_shop: SampleShop, tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    users.write_text("user\nu42\n\nu1\nu42\n")
    made = cli("run", sample_shop.folder, "--users", users, "-k", 4, "--json").json
    assert set(made["run"]) == {"u42", "u1"}
    assert made["rows"] == 8


def test_changes_are_seen_by_the_next_request(cli: Cli, own_shop: Path, tmp_path: Path) -> None:
    items = tmp_path / "new.jsonl"
    items.write_text('{"id": "mug-9", "title": "Martian mug", "price": 12}\n{"title": "nameless"}\nnot json\n')
    put = cli("put", own_shop, items, "--json")
    assert (put.code, put.json["written"], put.json["rejected"]) == (0, 1, 2)
    assert Path(put.json["quarantine"][0]).is_file()
    assert cli("search", own_shop, "martian", "--json").json["items"] == ["mug-9"]
    events = tmp_path / "new.events.jsonl"
    events.write_text('{"id": "e1", "kind": "click", "user": "zz", "item": "stove-01"}\n{"kind": "bogus"}\n')
    assert cli("record", own_shop, events, "--json").json["accepted"] == 1
    again = cli("record", own_shop, events)
    assert (again.code, again.out.splitlines()[0]) == (0, "accepted 0, duplicates 1, rejected 1")
    assert "you had: stove-01" in cli("recommend", own_shop, "zz").out
    gone = cli("delete", own_shop, "mug-9", "never-was", "--json").json
    assert (gone["deleted"], gone["unknown"]) == (1, 1)
    page = cli("search", own_shop, "martian", "--json").json
    assert page["items"] == []
    assert "martian" in page["note"]
    assert cli("status", own_shop, "--json").json["changes_since"] > 0


def test_put_reads_the_columns_that_the_shop_was_made_with(cli: Cli, own_shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("id,title,title_zh,brand,price,available\nmug-8,Venus mug,金星杯,Kibo,9.5,yes\n", "utf-8")
    assert cli("put", own_shop, path).code == 0
    hit = cli("search", own_shop, "金星杯", "--json").json["hits"][0]
    assert hit["item"] == "mug-8"
    assert hit["attributes"] == {"brand": "Kibo", "price": 9.5}


def test_records_from_a_table(cli: Cli, own_shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "clicks.csv"
    path.write_text("visitor,sku,when\nv1,stove-01,2026-01-02T03:04:05Z\nv1,tent-02,2026-01-02T03:05:05Z\n")
    words = ("--event-column", "user=visitor", "--event-column", "item=sku", "--event-column", "time=when")
    assert cli("record", own_shop, path, *words, "--json").json["accepted"] == 2
    assert cli("recommend", own_shop, "v1", "--json").json["note"] == ""


def test_status_and_doctor(cli: Cli, sample_shop: SampleShop) -> None:
    facts = cli("status", sample_shop.folder, "--json").json
    assert facts["truth"]["items"] == len(sample.items())
    assert facts["bundle"]["name"] == "000001"
    assert "索引包 000001" in cli("status", sample_shop.folder, "--language", "zh").out
    well = cli("doctor", sample_shop.folder, "--json")
    assert (well.code, well.json["ok"]) == (0, True)
    assert {"python", "sqlite", "database", "bundle"} <= {check["name"] for check in well.json["checks"]}


@pytest.mark.parametrize("damage", ["bundle", "database"])
def test_doctor_finds_damage(cli: Cli, own_shop: Path, damage: str) -> None:
    if damage == "bundle":
        path = own_shop / "bundles" / "000001" / "metrics.json"
        path.write_bytes(path.read_bytes().replace(b"0", b"1"))
    else:
        path = own_shop / "soutui.db"
        path.write_bytes(path.read_bytes()[:50] + b"\xff" * 5000)
    found = cli("doctor", own_shop, "--json")
    assert found.code == 5
    assert [check["name"] for check in found.json["checks"] if check["state"] == "damaged"] == [damage]


def test_build_again_and_say_so(cli: Cli, own_shop: Path) -> None:
    built = cli("build", own_shop)
    assert built.code == 0
    assert "bundle 000002" in built.out
    assert f"next: soutui evaluate {own_shop}" in built.out
    assert "ndcg@10" in built.out


def test_the_default_model(cli: Cli, encoded_shop: SampleShop) -> None:
    page = cli("search", encoded_shop.folder, "something to keep coffee hot", "--json").json
    assert any(reason["source"] == "dense" for hit in page["hits"] for reason in hit["reasons"])
    facts = cli("evaluate", encoded_shop.folder, "--json").json
    assert {"bm25", "dense", "rrf"} <= facts["search"]["systems"].keys()
    again = cli("build", encoded_shop.folder, "--json").json
    assert (again["encoded"], again["reused"]) == (0, len(sample.items()))
    assert json.dumps(again["metrics"])


def test_serve_answers_and_stops(sample_shop: SampleShop) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "soutui.cli", "serve", str(sample_shop.folder), "--port", str(port), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as serving:
        assert serving.stdout is not None
        assert json.loads(serving.stdout.readline()) == {"host": "127.0.0.1", "port": port}
        try:
            assert _health(port, time.monotonic() + 30) == 200
        finally:
            serving.send_signal(signal.SIGINT)
            _, told = serving.communicate(timeout=30)
    assert serving.returncode in (0, 130)
    assert b"Traceback" not in told


def _health(port: int, deadline: float) -> int:
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
