"""An import that is interrupted or killed: what was committed stays, and importing again completes it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soutui.store import Store

ROWS, STEP = 60_000, 2_000
#: The command line itself, with small transactions so that a small file is a long import.
SLOWLY = f"""
import sys
from soutui.cli import main
from soutui.data import readers
from soutui.store import store
store.EVENT_ROWS = readers.BLOCK_ROWS = {STEP}
readers.read_blocks.__defaults__ = ({STEP},)
sys.exit(main(sys.argv[1:]))
"""


def events_in(file: Path) -> int:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_import_is_completed_by_the_next(how: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,title\nlamp,Lamp\n", "utf-8")
    (tmp_path / "few.csv").write_text("user,item,kind,time\nann,lamp,click,1700000000\n", "utf-8")
    # Every third row is there three times, and one is broken: none has an id.
    times = [1_700_000_000 + row // 3 for row in range(ROWS)]
    users = ["" if row == 5_000 else f"u{row // 3 % 90}" for row in range(ROWS)]
    log = {"user": users, "item": ["lamp"] * ROWS, "kind": ["click"] * ROWS, "time": times}
    pq.write_table(pa.table(log), tmp_path / "log.parquet")
    shop = tmp_path / "shop"
    command = [sys.executable, "-c", SLOWLY]
    first = ["init", str(shop), "--items", str(tmp_path / "items.csv"), "--events", str(tmp_path / "few.csv")]
    subprocess.run([*command, *first], check=True, stdout=subprocess.DEVNULL)
    again = [*command, "import", str(shop), "--events", str(tmp_path / "log.parquet")]
    with subprocess.Popen(again, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while events_in(shop / "soutui.db") < 3 * STEP:
            assert running.poll() is None, "it ended before it could be interrupted"
            time.sleep(0.005)
        os.kill(running.pid, how)
        assert running.wait(60) == (130 if how == signal.SIGINT else -signal.SIGKILL)
    kept = events_in(shop / "soutui.db")
    assert 3 * STEP <= kept < ROWS
    told = subprocess.run([*again, "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert f'"events":{ROWS - kept}' in told.replace(" ", "").replace("\n", "")
    assert events_in(shop / "soutui.db") == ROWS  # one from the first file, and all but the broken row
    with Store.open(f"sqlite:///{shop / 'soutui.db'}") as store:
        assert store.check() == []
        assert store.latest() == ROWS + 1
    aside = (shop / "quarantine" / "log.parquet.quarantine.jsonl").read_text("utf-8").splitlines()
    assert len(aside) == 1
    assert '"line":5001' in aside[0]
