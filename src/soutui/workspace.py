"""A workspace: the folder of one shop, with its settings, its truth and its bundles. The Python door to everything.

::

    shop/
      soutui.toml        settings
      soutui.db          the truth (SQLite; or elsewhere, by store.url)
      vectors.db         cache of text vectors, may be deleted
      bundles/           000001/ 000002/ … and `current`
      quarantine/        rows that could not be imported, with reasons
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from soutui.bundle import manifest
from soutui.bundle.parts import metrics as bundle_metrics
from soutui.bundle.parts import open_parts
from soutui.bundle.payload import embedding_text
from soutui.config import FILE_NAME, Settings
from soutui.data.batches import EventBatch
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Tie, User
from soutui.encode.cache import VectorCache, encode_items
from soutui.engine import Engine
from soutui.errors import DamagedError, NotBuiltError, NotFoundError, UsageError
from soutui.evaluate.runs import Run
from soutui.filters import Filter, parse_json, parse_words
from soutui.lifecycle.build import Built, build, plan
from soutui.lifecycle.plan import Plan
from soutui.lifecycle.progress import Progress, silent
from soutui.store import Recorded, Store, Written
from soutui.text.synonyms import Synonyms, synonyms_file
from soutui.types import Page, Request, Suggestion, Vectors

T = TypeVar("T")
FilterLike = Filter | Mapping[str, Any] | Sequence[str] | None


class Workspace:
    """One shop. Safe from any number of threads; any number of processes may open the same folder."""

    def __init__(self, folder: Path, settings: Settings, store: Store) -> None:
        self.folder = folder
        self.settings = settings
        self.store = store
        self._vectors = VectorCache(folder / "vectors.db")
        self._engine: Engine | None = None
        self._stamp: tuple[int, ...] | None = None
        self._opening = threading.Lock()

    @classmethod
    def create(cls, folder: str | Path, settings: Settings | None = None) -> Workspace:
        """Make the folder with its settings file and an empty database. Raises UsageError when it is one already."""
        place = Path(folder)
        if (place / FILE_NAME).exists():
            raise UsageError(f"{place} is a workspace already", "open it, or choose another folder")
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{place} cannot be made: {error.strerror}", "choose another folder") from None
        chosen = settings or Settings()
        # The settings file comes last: it is what makes a folder a workspace.
        store = Store.open(_url(place, chosen), create=True)
        (place / FILE_NAME).write_text(chosen.to_toml(), "utf-8")
        return cls(place, chosen, store)

    @classmethod
    def open(cls, folder: str | Path) -> Workspace:
        """Open a workspace. Raises NotFoundError when the folder is none."""
        place = Path(folder)
        if not (place / FILE_NAME).is_file():
            raise NotFoundError(f"{place} is not a workspace: it has no {FILE_NAME}", "make one with `soutui init`")
        settings = Settings.load(place / FILE_NAME)
        return cls(place, settings, Store.open(_url(place, settings), create=True))

    def close(self) -> None:
        """Release the database and the bundle."""
        self._engine = None
        self._vectors.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def bundles(self) -> Path:
        """The folder of bundles."""
        return self.folder / "bundles"

    # -- questions --------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        user: str | None = None,
        filters: FilterLike = None,
        k: int = 10,
        offset: int = 0,
        facets: Sequence[str] = (),
    ) -> Page:
        """Items for a query; with a user, personalised. ``filters``: a Filter, its JSON form, or ``["brand=Kibo"]``."""
        return self.answer(
            Request(query=query, user=user, filters=_filter(filters), k=k, offset=offset, facets=tuple(facets))
        )

    def recommend(
        self,
        user: str | None = None,
        *,
        history: Sequence[str] = (),
        filters: FilterLike = None,
        k: int = 10,
        offset: int = 0,
    ) -> Page:
        """Items for a user, or for a session given as ``history`` (item ids, most recent first)."""
        return self.answer(Request(user=user, history=tuple(history), filters=_filter(filters), k=k, offset=offset))

    def similar(self, item: str, *, filters: FilterLike = None, k: int = 10) -> Page:
        """Items that go with an item. Raises NotFoundError when it is unknown."""
        return self.answer(Request(item=item, filters=_filter(filters), k=k))

    def suggest(self, prefix: str, k: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what has been typed: queries that others asked, categories, brands, titles; best first."""
        return self.engine().suggest(prefix, k)

    def answer(self, request: Request) -> Page:
        """The page for any request."""
        return self.engine().answer(request)

    def run(self, requests: Mapping[str, Request], tag: str = "soutui") -> Run:
        """The answers to many requests as a run (query or user id → items, best first)."""
        engine = self.engine()
        lists = {}
        for name, request in requests.items():
            items, scores = engine.rank(request)
            # A pinned item may score less than the next: the page's order stands.
            falling = np.minimum.accumulate(scores) if len(scores) else scores
            lists[name] = dict(zip(items, falling.tolist(), strict=True))
        return Run.from_scores(lists, tag)

    def engine(self) -> Engine:
        """The engine over the current bundle; reopened when ``current`` has moved or the file of synonyms changed.

        Raises NotBuiltError; DataError when there should be a file of synonyms and none can be read.
        """
        try:
            stat = (self.bundles / manifest.CURRENT).stat()
        except FileNotFoundError:
            raise NotBuiltError(f"{self.folder} has no bundle yet", "run `soutui build` first") from None
        stamp = (stat.st_ino, stat.st_mtime_ns, *self._synonyms_stamp())
        engine = self._engine
        if engine is None or stamp != self._stamp:
            with self._opening:
                if self._engine is None or stamp != self._stamp:
                    self._engine, self._stamp = self._open_engine(), stamp
                engine = self._engine
        return engine

    def _synonyms_stamp(self) -> tuple[int, ...]:
        if not self.settings.text.synonyms:
            return ()
        try:
            stat = synonyms_file(self.settings.text.synonyms, self.folder).stat()
        except OSError:
            # Gone: who answers already goes on with what was read; who opens is told.
            return self._stamp[2:] if self._stamp is not None else ()
        return stat.st_mtime_ns, stat.st_size

    def _open_engine(self) -> Engine:
        folder = manifest.get_current(self.bundles)
        synonyms = Synonyms.of(self.settings.text.synonyms, self.folder)
        parts = open_parts(folder, self.settings, synonyms=synonyms)
        facts = manifest.read(folder)
        encoder = parts.encoder
        if encoder is None:
            return Engine(parts, self.store, None, float(facts["positive_rating"]))

        def encode(texts: list[str]) -> Vectors:
            # This engine's own encoder: another thread may have opened a bundle with another one meanwhile.
            return encode_items(encoder, texts, self._vectors)[0]

        return Engine(parts, self.store, encode, float(facts["positive_rating"]))

    # -- changes ----------------------------------------------------------------------------------------------

    def put(self, items: Iterable[Item], progress: Progress = silent) -> Written:
        """New and changed items; committed when this returns and seen by the next request of any process."""
        batch = list(items)
        # Encoded here, by who writes, so that who reads finds the vectors in the cache. The truth takes changes even
        # while there is no bundle to ask or a damaged one.
        with contextlib.suppress(NotFoundError, DamagedError):
            encoder = self.engine().parts.encoder
            if encoder is not None:
                texts = [embedding_text(item) for item in batch]
                encode_items(encoder, texts, self._vectors, lambda done, total: progress("vectors", done, total))
        return self.store.put_items(batch)

    def delete(self, items: Iterable[str]) -> Written:
        """Items that are gone; unknown ids are counted, not an error."""
        return self.store.delete_items(items)

    def record(self, events: Iterable[Event]) -> Recorded:
        """Events; committed to disk when this returns. An event id that is there already changes nothing."""
        return self.store.record(events)

    def load(
        self,
        items: Iterable[Item] = (),
        events: Iterable[Event] = (),
        users: Iterable[User] = (),
        queries: Iterable[Query] = (),
        judgments: Iterable[Judgment] = (),
        ties: Iterable[Tie] = (),
        texts: Iterable[LabelledText] = (),
        batches: Iterable[EventBatch] = (),
        progress: Progress = silent,
    ) -> dict[str, int]:
        """Bulk import, nothing encoded; returns how many of each were new or changed.

        ``batches`` are further events, as columns: several times faster than one by one.
        """
        return {
            "items": self.store.put_items(_counted(items, "items", progress)).written,
            "users": self.store.put_users(users).written,
            "ties": self.store.put_ties(ties).written,
            "events": self.store.record(_counted(events, "events", progress)).accepted
            + self.store.record_batches(_counted(batches, "events", progress, len)).accepted,
            "queries": self.store.put_queries(queries).written,
            "judgments": self.store.put_judgments(judgments).written,
            "texts": self.store.put_texts(_counted(texts, "texts", progress)).written,
        }

    def build(self, progress: Progress = silent, announce: Callable[[Plan], None] = lambda plan: None) -> Built:
        """Build a bundle from everything known now and make it current; ``announce`` hears what is encoded and why."""
        return build(self.bundles, self.settings, self.store, self._vectors, progress, announce)

    def plan(self, progress: Progress = silent) -> Plan:
        """What a build would encode now, and why."""
        return plan(self.bundles, self.settings, self.store, self._vectors, progress)

    # -- state ------------------------------------------------------------------------------------------------

    def metrics(self) -> dict[str, Any]:
        """What the current bundle measured when it was built."""
        return bundle_metrics(manifest.get_current(self.bundles))

    def status(self) -> dict[str, Any]:
        """Counts, current bundle, changes since."""
        facts: dict[str, Any] = {"folder": str(self.folder), "truth": self.store.counts(), "seq": self.store.latest()}
        with contextlib.suppress(NotBuiltError):
            folder = manifest.get_current(self.bundles)
            described = manifest.read(folder)
            facts["bundle"] = {
                key: described[key]
                for key in ("name", "created", "seq", "items", "events", "users", "encoder", "notes")
            }
            facts["bundle"]["bytes"] = sum(entry["bytes"] for entry in described["files"].values())
            facts["changes_since"] = facts["seq"] - described["seq"]
        return facts


def _url(folder: Path, settings: Settings) -> str:
    return settings.store.url or f"sqlite:///{(folder / 'soutui.db').resolve()}"


def _filter(value: FilterLike) -> Filter | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return parse_json(value)
    if isinstance(value, Sequence):
        return parse_words([value] if isinstance(value, str) else value)
    return value


def _counted(
    rows: Iterable[T], stage: str, progress: Progress, size: Callable[[T], int] = lambda row: 1
) -> Iterator[T]:
    """The rows as they are; ``progress`` is told every thousand or so. ``size``: how many rows one is."""
    done = told = 0
    for row in rows:
        done += size(row)
        if done - told >= 1000:
            progress(stage, done, 0)
            told = done
        yield row
    if done:
        progress(stage, done, done)
