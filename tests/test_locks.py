from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from soutui.errors import BusyError
from soutui.locks import ReadWriteLock, exclusive

SOON = 10.0  # seconds; reached only when something is stuck
SHORT = 0.05  # seconds in which what must not happen would have happened


def hold(context, inside: threading.Event, leave: threading.Event) -> threading.Thread:
    """A thread that enters the lock, says so and stays until it is told to leave."""

    def run() -> None:
        with context():
            inside.set()
            leave.wait(SOON)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_readers_share() -> None:
    lock, inside, leave = ReadWriteLock(), threading.Event(), threading.Event()
    other = hold(lock.reading, inside, leave)
    assert inside.wait(SOON)
    with lock.reading():
        pass  # reached while the other is still reading
    leave.set()
    other.join(SOON)
    assert not other.is_alive()


@pytest.mark.parametrize(("first", "second"), [("writing", "reading"), ("writing", "writing"), ("reading", "writing")])
def test_a_writer_is_alone(first: str, second: str) -> None:
    lock = ReadWriteLock()
    inside, leave, later, done = (threading.Event() for _ in range(4))
    holder = hold(getattr(lock, first), inside, leave)
    assert inside.wait(SOON)
    done.set()
    waiter = hold(getattr(lock, second), later, done)
    assert not later.wait(SHORT)
    leave.set()
    assert later.wait(SOON)
    holder.join(SOON)
    waiter.join(SOON)


def test_a_waiting_writer_goes_before_new_readers() -> None:
    lock = ReadWriteLock()
    reading, stop_reading, writing, stop_writing, reading_again = (threading.Event() for _ in range(5))
    first = hold(lock.reading, reading, stop_reading)
    assert reading.wait(SOON)
    writer = hold(lock.writing, writing, stop_writing)
    while not lock._waiting:
        time.sleep(0.001)
    second = hold(lock.reading, reading_again, stop_writing)
    assert not reading_again.wait(SHORT)  # gives way although nobody writes yet
    stop_reading.set()
    assert writing.wait(SOON)
    assert not reading_again.wait(SHORT)
    stop_writing.set()
    assert reading_again.wait(SOON)
    for thread in (first, writer, second):
        thread.join(SOON)


def test_a_writer_is_not_starved_by_readers_without_pause() -> None:
    lock, done = ReadWriteLock(), threading.Event()

    def read() -> None:
        while not done.is_set():
            with lock.reading():
                time.sleep(0.002)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        wrote = threading.Event()
        writer = hold(lock.writing, wrote, wrote)
        assert wrote.wait(SOON)
        writer.join(SOON)
    finally:
        done.set()
        for reader in readers:
            reader.join(SOON)


def test_no_write_is_lost_and_none_is_seen_half_done() -> None:
    lock, pair = ReadWriteLock(), [0, 0]

    def write() -> None:
        for _ in range(100):
            with lock.writing():
                value = pair[0]
                pair[0] = value + 1
                time.sleep(0)
                pair[1] = value + 1

    def read() -> None:
        for _ in range(100):
            with lock.reading():
                seen = pair[0]
                time.sleep(0)
                assert pair == [seen, seen]

    with ThreadPoolExecutor(6) as pool:
        for job in [pool.submit(work) for work in (write, read, write, read, write, read)]:
            job.result(SOON)
    assert pair == [300, 300]


@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_an_error_inside_frees_the_lock(kind: str) -> None:
    lock = ReadWriteLock()
    with pytest.raises(ZeroDivisionError), getattr(lock, kind)():
        1 / 0  # noqa: B018
    with lock.writing():
        pass
    with lock.reading():
        pass


def test_readers_go_on_when_a_waiting_writer_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = ReadWriteLock()

    def interrupted() -> None:
        raise KeyboardInterrupt

    with lock.reading():
        with monkeypatch.context() as patch:
            patch.setattr(lock._condition, "wait", interrupted)
            with pytest.raises(KeyboardInterrupt), lock.writing():
                pass
        inside = threading.Event()
        reader = hold(lock.reading, inside, inside)
        assert inside.wait(SOON)
        reader.join(SOON)
    with lock.writing():
        pass


HOLDER = """
import sys, time
from pathlib import Path
from soutui.locks import exclusive
with exclusive(Path(sys.argv[1]), "a build"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_one_at_a_time_and_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    for _ in range(2):
        with exclusive(path, "a build"):
            assert path.exists()
            with pytest.raises(BusyError, match=str(os.getpid())), exclusive(path, "a build"):
                pytest.fail("two at a time")
            with exclusive(tmp_path / "other", "a build"):
                pass
    with pytest.raises(ZeroDivisionError), exclusive(path, "a build"):
        1 / 0  # noqa: B018
    with exclusive(path, "a build"):
        pass


def test_another_process_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("123456789012")  # left by an earlier, longer-numbered process
    with another_process(path) as process:
        with pytest.raises(BusyError) as caught, exclusive(path, "a build"):
            pytest.fail("two at a time")
        assert caught.value.message == f"a build is already running (process {process.pid})"
        assert caught.value.hint
        process.send_signal(signal.SIGKILL)
        process.wait(SOON)
        with exclusive(path, "a build"):
            assert path.read_text() == str(os.getpid())
