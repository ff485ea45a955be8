"""Group commit: callers from many threads share one transaction and one fsync.

One thread owns the writing connection. It takes every job that waits, runs them all in one transaction, commits
once and only then answers. While the disk syncs, the next jobs queue up: nobody waits for a timer, and the busier
the writers, the larger the groups. When a group fails, each of its jobs runs again alone, so that an error reaches
the caller who caused it and nobody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection

from soutui.errors import BusyError, UsageError
from soutui.store.database import Database

Payload = TypeVar("Payload")
Outcome = TypeVar("Outcome")

#: What a job does: payloads of several callers in, one outcome each out, inside a transaction that is not its own.
#: It may run again after a rollback, so it must not keep anything from the first run.
Work = Callable[[Connection, Sequence[Payload]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    work: Work[Any, Any]
    payload: Any
    future: Future[Any]


class Writer:
    """Runs work in shared transactions. Thread-safe; its thread starts with the first job and ends in :meth:`close`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Work[Payload, Outcome], payload: Payload) -> Outcome:
        """Do ``work`` on ``payload``; returns when it is committed and on disk, or raises what went wrong."""
        job = _Job(work, payload, Future())
        with self._lock:
            if self._closed:
                raise UsageError("the store is closed", "open it again")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="soutui-store", daemon=True)
                self._thread.start()
            self._queue.put(job)
        outcome: Outcome = job.future.result()
        return outcome

    def close(self) -> None:
        """Finish the jobs that wait, then end the thread. A second call does nothing."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        group = 1
        while True:
            jobs: list[_Job] = []
            job = self._queue.get()
            # The callers just answered are about to come back with their next jobs: let them run first, so that groups
            # do not alternate between one and all the others. A single caller never gets here.
            for _ in range(2 * group if group > 1 else 0):
                if self._queue.qsize() + 1 >= group:
                    break
                time.sleep(0)
            try:
                while job is not None:
                    jobs.append(job)
                    job = self._queue.get_nowait()
            except Empty:
                pass
            group = len(jobs)
            self._answer(jobs)
            if job is None:
                return

    def _answer(self, jobs: Sequence[_Job]) -> None:
        try:
            outcomes = self._commit(jobs)
        except BaseException as error:  # noqa: BLE001  whatever it is, it belongs to the callers, who wait for it
            if len(jobs) > 1 and not isinstance(error, BusyError):
                for job in jobs:
                    self._answer([job])
            else:
                for job in jobs:
                    job.future.set_exception(error)
        else:
            for job, outcome in zip(jobs, outcomes, strict=True):
                job.future.set_result(outcome)

    def _commit(self, jobs: Sequence[_Job]) -> list[Any]:
        outcomes: list[Any] = []
        with self._database.write() as connection:
            # Neighbours that do the same share their statements as well.
            for work, group in groupby(jobs, key=lambda job: job.work):
                outcomes.extend(work(connection, [job.payload for job in group]))
        return outcomes
