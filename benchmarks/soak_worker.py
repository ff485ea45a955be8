"""One process of the soak: writes, builds or reads until it is killed, and says on stdout what was acknowledged."""

from __future__ import annotations

import itertools
import os
import random
import sys
import threading
from pathlib import Path

from soutui.data.schema import Event, Item
from soutui.errors import BusyError
from soutui.workspace import Workspace


def main(folder: str, role: str, number: str) -> None:
    """Do the role for ever."""
    with Workspace.open(Path(folder)) as shop:
        if role == "write":
            for work in (_put, _delete, _record):
                threading.Thread(target=work, args=(shop, number, random.Random(f"{number}{work.__name__}"))).start()
            threading.Event().wait()
        elif role == "build":
            _say("at work")
            while True:
                try:
                    _say(f"built {shop.build().name}")
                except BusyError:
                    continue  # the killed builder's lock goes with its process, a moment later
        else:
            while True:
                page = shop.search("stone thing")
                _say(f"found {len(page.hits)}")


def _put(shop: Workspace, number: str, choice: random.Random) -> None:
    # The same items again and again, with versions that only grow.
    for version in itertools.count(int(number) * 1_000_000 + 1):
        size = choice.randint(1, 40)
        names = list(dict.fromkeys(f"p{choice.randint(0, 400)}" for _ in range(size)))
        shop.put(_item(name, version) for name in names)
        _say("put " + " ".join(f"{name}={version}" for name in names))


def _delete(shop: Workspace, number: str, choice: random.Random) -> None:
    for batch in itertools.count():
        names = [f"d{number}-{batch}-{n}" for n in range(choice.randint(1, 10))]
        shop.put(_item(name, 1) for name in names)
        _say("put " + " ".join(f"{name}=1" for name in names))
        shop.delete(names)
        _say("deleted " + " ".join(names))


def _record(shop: Workspace, number: str, choice: random.Random) -> None:
    for batch in itertools.count():
        names = [f"e{number}-{batch}-{n}" for n in range(choice.randint(1, 10))]
        # The name goes into the query, which comes back with the columns.
        shop.record(
            Event(name, "click", f"base{choice.randint(0, 299)}", f"u{choice.randint(0, 50)}", time=1.7e9, query=name)
            for name in names
        )
        _say("events " + " ".join(names))


def _item(name: str, version: int) -> Item:
    return Item(name, f"Thing {name}", {"text": f"stone of version {version}"}, {"version": float(version)})


def _say(text: str) -> None:
    # One write, so that lines of threads do not mix and nothing waits in a buffer when the kill comes.
    os.write(1, (text + "\n").encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
