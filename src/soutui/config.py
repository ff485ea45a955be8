"""Settings: frozen dataclasses read from ``soutui.toml``. An unknown key is an error that names the nearest known one.

Every setting carries its documentation in its metadata; ``docs/guide/settings.md`` is checked against it.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Literal

from soutui.errors import SettingError

FILE_NAME = "soutui.toml"


def setting(default: Any, doc: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A dataclass field with a default, its documentation (with the unit) and, for numbers, what is allowed."""
    metadata = {"doc": doc, "low": low, "high": high}
    if isinstance(default, dict | list):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """Which column of the item files means what. Empty or missing: guessed."""

    id: str = setting("", "column with the item's id")
    title: str = setting("", "column with the item's title")
    text: tuple[str, ...] = setting((), "columns searched as further text, most important first")
    attributes: tuple[str, ...] = setting((), "columns kept for filters, facets and display")
    image: str = setting("", "column with the image's path or address")
    available: str = setting("", "column that says whether the item may be answered (true/false, 1/0, yes/no)")


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Which column of the event files means what. Empty or missing: guessed."""

    id: str = setting("", "column with the event's id; with it, importing twice changes nothing")
    kind: str = setting("", "column with the event's kind")
    user: str = setting("", "column with the user's id")
    session: str = setting("", "column with the session's id")
    item: str = setting("", "column with the item's id")
    time: str = setting("", "column with the time: seconds or milliseconds since 1970, or ISO 8601")
    order: str = setting("", "column with the position in the user's history, when there is no clock")
    value: str = setting("", "column with a number: rating, price, count")
    query: str = setting("", "column with the query that led to the event")
    position: str = setting("", "column with the rank at which the item was shown, from 1")
    default_kind: str = setting("", "kind of every row when no column says it; empty: rating or click, by content")


@dataclass(frozen=True, slots=True)
class SqlSource:
    """Rows from a query to a database, read again from where the last import ended."""

    name: str = setting("", "short name; the cursor is remembered under it")
    role: Literal["items", "events", "users"] = setting("items", "what the rows are")
    url: str = setting(
        "", "SQLAlchemy URL; ${NAME} is replaced by that environment variable, so that no password lies here"
    )
    query: str = setting("", "one SELECT; its columns are mapped like those of a file")
    cursor: str = setting("", "column that only grows (a number or a time); empty: everything is read every time")


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Where the data come from."""

    items: tuple[str, ...] = setting((), "item files, relative to the workspace's parent or absolute")
    events: tuple[str, ...] = setting((), "event files")
    users: tuple[str, ...] = setting((), "user files")
    queries: tuple[str, ...] = setting((), "query files")
    judgments: tuple[str, ...] = setting((), "judgment files")
    sources: tuple[SqlSource, ...] = setting((), "queries to databases, imported with the files")
    item_columns: ItemColumns = setting(ItemColumns(), "column map of the item files")
    event_columns: EventColumns = setting(EventColumns(), "column map of the event files")
    positive_rating: float = setting(
        0.0, "ratings from here up count as liked; 0: 70 % of the largest rating seen", low=0
    )
    max_field_bytes: int = setting(1_000_000, "longest text field in bytes; a longer one is quarantined", low=1)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The database that holds the truth."""

    url: str = setting("", "SQLAlchemy URL; empty: soutui.db in the workspace")


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How text is analysed for lexical search."""

    title_weight: float = setting(
        0.3, "weight of a match in the title beside one anywhere in the item", low=0, high=100
    )
    user_words: tuple[str, ...] = setting((), "words that Chinese segmentation must keep whole")
    stop_words: tuple[str, ...] = setting((), "further words to ignore")
    catalogue_words: bool = setting(True, "brands and categories of the catalogue are words that stay whole")
    synonyms: str = setting("", "file of words that mean the same, relative to the workspace's parent; empty: none")
    spelling: Literal["correct", "suggest", "off"] = setting(
        "correct", "unknown words of a query: search their correction too, only suggest it, or leave them"
    )
    pinyin: bool = setting(True, "words typed in pinyin find Chinese ones, when nothing is written that way")


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """The model that turns text into vectors."""

    model: str = setting("default", "'default', 'none', a sentence-transformers folder or a hub name")
    max_tokens: int = setting(256, "longest text in tokens; the rest is cut", low=1)
    threads: int = setting(0, "threads for bulk encoding; 0: all cores", low=0)
    quantize: bool = setting(True, "int8 weights: about three times faster, cosine to full precision >= .99")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Sizes and methods of the indexes."""

    exact_below: int = setting(5_000, "items; a smaller catalogue is scanned exactly instead of through HNSW", low=0)
    hnsw_links: int = setting(24, "links per item in the HNSW graph (M)", low=2, high=256)
    hnsw_build: int = setting(80, "candidates looked at while building the graph (efConstruction)", low=1)
    hnsw_search: int = setting(64, "candidates looked at while searching the graph (efSearch)", low=1)
    scan_share: float = setting(
        0.2, "share of the catalogue; a filter that leaves less is scanned exactly", low=0, high=1
    )
    item_to_item: Literal["auto", "ease", "cosine", "off"] = setting("auto", "model of items had together")
    ease_items: int = setting(20_000, "items; EASE needs a square matrix of that size, cosine is used above", low=0)
    neighbours: int = setting(200, "item-to-item neighbours kept per item", low=1)
    half_life_days: float = setting(30.0, "days after which an event counts half for popularity", low=0.001)
    history: int = setting(50, "most recent items of a user that recommendation looks at", low=1)


@dataclass(frozen=True, slots=True)
class FuseSettings:
    """How sources are combined."""

    depth: int = setting(200, "candidates taken from each source", low=1, high=100000)
    learn: bool = setting(True, "learn weights on validation data; otherwise reciprocal rank fusion")


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """How data are held out for learning fusion and for evaluation."""

    protocol: Literal["auto", "time", "last", "user", "random"] = setting(
        "auto",
        "time: global time split; last: each user's last; user: whole users; random: by hash; auto: by data",
    )
    valid: float = setting(0.1, "share of events (or users, queries) for validation", low=0, high=0.5)
    test: float = setting(0.1, "share of events (or users, queries) for the test", low=0, high=0.5)


@dataclass(frozen=True, slots=True)
class Rule:
    """One business rule: pin, boost or bury the items that match, when the query matches."""

    action: Literal["pin", "boost", "bury"] = setting("boost", "what to do")
    query: str = setting("", "only for queries that contain these words; empty: always")
    items: tuple[str, ...] = setting((), "item ids it applies to; pin needs them")
    where: dict[str, Any] = setting({}, "filter it applies to, in JSON form; not for pin")
    weight: float = setting(0.2, "how far to move: share of the top score; ignored by pin", low=0)


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What happens between ranking and the page."""

    seen: Literal["exclude", "keep"] = setting("exclude", "recommendation leaves out what the user already had")
    diversity: float = setting(
        0.0, "0 to 1: how much a hit that resembles earlier ones is moved down (MMR)", low=0, high=1
    )
    caps: dict[str, int] = setting({}, "attribute -> most hits on a page that share one value of it")
    rules: tuple[Rule, ...] = setting((), "pin, boost and bury rules, applied in order")


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """How quality is measured."""

    k: int = setting(10, "depth of the metrics, in hits", low=1, high=1000)
    resamples: int = setting(1000, "bootstrap resamples", low=100)
    max_users: int = setting(2000, "most test users that build measures; the rest are sampled out by hash", low=1)
    seed: int = setting(7, "seed of every random choice", low=0)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """The HTTP service."""

    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8600, "port to listen on", low=0, high=65535)
    max_body_bytes: int = setting(4_000_000, "largest request body in bytes", low=1)
    max_k: int = setting(1000, "largest page", low=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in ``soutui.toml``."""

    data: DataSettings = setting(DataSettings(), "where the data come from")
    store: StoreSettings = setting(StoreSettings(), "the database")
    text: TextSettings = setting(TextSettings(), "text analysis")
    encoder: EncoderSettings = setting(EncoderSettings(), "the text model")
    index: IndexSettings = setting(IndexSettings(), "index sizes and methods")
    fuse: FuseSettings = setting(FuseSettings(), "combining sources")
    split: SplitSettings = setting(SplitSettings(), "held-out data")
    policy: PolicySettings = setting(PolicySettings(), "rules between ranking and page")
    evaluate: EvaluateSettings = setting(EvaluateSettings(), "measuring quality")
    serve: ServeSettings = setting(ServeSettings(), "the HTTP service")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from nested mappings; raises SettingError on an unknown key or a wrong value."""
        made: Settings = _build(cls, values, "")
        return made

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Settings from a TOML file."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text("utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingError(f"{path}: {error}", "the file must be UTF-8 TOML") from None

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, every setting included."""
        return dataclasses.asdict(self)

    def to_toml(self) -> str:
        """TOML with only what differs from the defaults."""
        lines: list[str] = []
        _write(self, type(self)(), "", lines)
        return "\n".join(lines).strip() + "\n"


def _build(kind: Any, values: Any, where: str) -> Any:
    if not isinstance(values, Mapping):
        raise SettingError(f"{where or 'the file'} must be a table; {type(values).__name__} came")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind)}
    made = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise SettingError(
                f"unknown setting {_join(where, key)!r}; known here: {', '.join(sorted(known))}",
                f"did you mean {_join(where, near[0])!r}?" if near else "see docs/guide/settings.md",
            )
        made[key] = _convert(hints[key], value, _join(where, key))
        _check_range(made[key], known[key].metadata, _join(where, key))
    return kind(**made)


def _check_range(value: Any, allowed: Mapping[str, Any], where: str) -> None:
    low, high = allowed.get("low"), allowed.get("high")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        bounds = f"{low} or more" if high is None else f"from {low} to {high}"
        raise SettingError(f"{where} = {value!r}; allowed: {bounds}")


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, where)
    if origin is Literal:
        if value not in typing.get_args(hint):
            raise SettingError(f"{where} = {value!r}; allowed: {', '.join(map(str, typing.get_args(hint)))}")
        return value
    if origin is tuple:
        inner = typing.get_args(hint)[0]
        if isinstance(value, str) and inner is str:
            value = [value]
        if not isinstance(value, list | tuple):
            raise SettingError(f"{where} must be a list; {type(value).__name__} came")
        return tuple(_convert(inner, part, f"{where}[{i}]") for i, part in enumerate(value))
    if origin is dict:
        if not isinstance(value, Mapping):
            raise SettingError(f"{where} must be a table; {type(value).__name__} came")
        inner = typing.get_args(hint)[1]
        return {str(k): value[k] if inner is Any else _convert(inner, value[k], f"{where}.{k}") for k in value}
    if isinstance(origin, UnionType) or hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise SettingError(f"{where} = {value!r}; it must be {hint.__name__}")
    return value


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _write(value: Any, default: Any, where: str, lines: list[str]) -> None:
    tables: list[tuple[str, Any, Any]] = []
    header_at = len(lines)
    for f in dataclasses.fields(value):
        mine, theirs = getattr(value, f.name), getattr(default, f.name)
        if mine == theirs:
            continue
        if dataclasses.is_dataclass(mine) or (mine and isinstance(mine, tuple) and dataclasses.is_dataclass(mine[0])):
            tables.append((f.name, mine, theirs))
        else:
            lines.append(f"{f.name} = {_toml(mine)}")
    if where and len(lines) > header_at:
        lines[header_at:header_at] = ["", f"[{where}]"]
    for name, mine, theirs in tables:
        if isinstance(mine, tuple):
            for part in mine:
                lines.extend(["", f"[[{_join(where, name)}]]"])
                lines.extend(
                    f"{f.name} = {_toml(getattr(part, f.name))}"
                    for f in dataclasses.fields(part)
                    if getattr(part, f.name) != getattr(type(part)(), f.name)
                )
        else:
            _write(mine, theirs, _join(where, name), lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_quote(str(k))} = {_toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    return _quote(str(value))


def _quote(text: str) -> str:
    escaped = "".join(
        {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(
            c, c if " " <= c != "\x7f" else f"\\u{ord(c):04x}"
        )
        for c in text
    )
    return f'"{escaped}"'
