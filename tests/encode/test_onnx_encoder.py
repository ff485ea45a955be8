"""The contract of encoders, on a tiny random model at both precisions and on the default model."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tiny_models import WORDS, make_model, settings

from soutui.encode import onnx
from soutui.encode.base import open_encoder
from soutui.encode.onnx import OnnxEncoder, copy_encoder
from soutui.encode.parity import TEXTS
from soutui.errors import DamagedError, NotFoundError, UsageError

RANDOM = np.random.default_rng(3)
BULK = [" ".join(RANDOM.choice(WORDS, n)) for n in RANDOM.integers(1, 40, 300)]


@pytest.fixture(scope="session")
def tiny_int8(tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    model = make_model(tmp_path_factory.mktemp("models") / "int8", pooling="mean")
    made = open_encoder(settings(model, quantize=True), tmp_path_factory.mktemp("cache"))
    assert made is not None
    return made


@pytest.fixture(scope="session")
def default() -> OnnxEncoder:
    """The default model from the user's own cache, so that it is exported once and not once per run."""
    made = open_encoder(settings("default", quantize=True))
    assert made is not None
    return made


@pytest.fixture(params=["tiny", "tiny_int8", "default"])
def encoder(request: pytest.FixtureRequest) -> OnnxEncoder:
    made: OnnxEncoder = request.getfixturevalue(request.param)
    return made


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.einsum("nd,nd->n", left, right)


def test_rows_are_unit_vectors_in_the_order_of_the_texts(encoder: OnnxEncoder) -> None:
    texts = BULK[:60]
    vectors = encoder.encode(texts, "item")
    assert vectors.shape == (60, encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    backwards = encoder.encode(texts[::-1], "item")
    assert cosines(vectors, backwards[::-1]).min() > 0.98
    alone = np.concatenate([encoder.encode([text], "item") for text in texts])
    assert cosines(vectors, alone).mean() > 0.985


def test_full_precision_does_not_depend_on_the_batch(tiny: OnnxEncoder) -> None:
    alone = np.concatenate([tiny.encode([text], "item") for text in BULK[:50]])
    np.testing.assert_allclose(tiny.encode(BULK[:50], "item"), alone, atol=2e-5)


def test_the_same_call_gives_the_same_vectors(encoder: OnnxEncoder) -> None:
    assert np.array_equal(encoder.encode(BULK[:40], "item"), encoder.encode(BULK[:40], "item"))


def test_nothing_to_encode(encoder: OnnxEncoder) -> None:
    assert encoder.encode([], "item").shape == (0, encoder.dim)
    vectors = encoder.encode(["", "red shoes", " \n\t　"], "query")
    assert not vectors[[0, 2]].any()
    assert vectors[1].any()


@pytest.mark.parametrize(
    "odd", ["\ud800 red", "red \udfff\ud800", "\0", "\x07", "😀" * 50, "a" * 5000, "\u202e abc", "🏳️‍🌈"], ids=range(8)
)
def test_odd_text_is_encoded(encoder: OnnxEncoder, odd: str) -> None:
    vectors = encoder.encode([odd, "red shoes"], "item")
    assert np.isfinite(vectors).all()
    assert cosines(vectors[1:], encoder.encode(["red shoes"], "item")).min() > 0.95


def test_a_text_of_a_megabyte_is_cut(tiny: OnnxEncoder) -> None:
    long = "red shoes " * 100_000
    np.testing.assert_allclose(tiny.encode([long], "item"), tiny.encode([long[:400]], "item"), atol=1e-5)


def test_truncation_and_padding_of_the_tokenizer_file_are_overridden(tiny: OnnxEncoder) -> None:
    short, long = tiny.encode(["red blue green", "red blue green shoes shirt phone lamp"], "item")
    assert short @ long < 0.999


def test_threads_share_one_encoder(encoder: OnnxEncoder) -> None:
    texts = BULK[:20]
    alone = [encoder.encode([text], "query") for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: encoder.encode([text], "query"), texts))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_many_windows_and_progress(tiny: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = tiny.encode(BULK, "item")
    monkeypatch.setattr(onnx, "_WINDOW", 64)
    monkeypatch.setattr(onnx, "_BATCH_TOKENS", 100)
    seen: list[tuple[int, int]] = []
    texts = ["", *BULK, *[""] * 100]
    found = tiny.encode_many(texts, "item", lambda done, total: seen.append((done, total)))
    np.testing.assert_allclose(found[1 : len(BULK) + 1], expected, atol=2e-5)
    assert seen == sorted(seen)
    assert seen[-1] == (len(texts), len(texts))


def test_an_interrupted_bulk_stops(tiny: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "_BATCH_TOKENS", 20)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny.encode_many(BULK, "item", stop)


def test_batches_hold_every_text_once_and_stay_within_the_budget() -> None:
    lengths = [int(n) for n in RANDOM.integers(1, 2000, 500)]
    batches = onnx._batches(lengths)
    assert sorted(i for batch in batches for i in batch) == list(range(500))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= onnx._BATCH_TOKENS
    assert onnx._batches([]) == []


def test_wrong_calls_are_refused(tiny: OnnxEncoder) -> None:
    with pytest.raises(UsageError, match="one string came"):
        tiny.encode("red shoes", "item")
    with pytest.raises(UsageError, match="allowed: query, item"):
        tiny.encode(["red"], "passage")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="threads"):
        OnnxEncoder.open(tiny.folder, threads=-1)


def test_a_copy_stands_alone(tiny: OnnxEncoder, tmp_path: Path) -> None:
    copy_encoder(tiny.folder, tmp_path / "bundle" / "encoder")
    moved = OnnxEncoder.open(tmp_path / "bundle" / "encoder")
    assert moved.card == tiny.card
    np.testing.assert_array_equal(moved.encode(["red"], "item"), tiny.encode(["red"], "item"))
    with pytest.raises(FileExistsError):
        copy_encoder(tiny.folder, tmp_path / "bundle" / "encoder")


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "encoder.json"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_damage_is_found(tiny: OnnxEncoder, tmp_path: Path, name: str, harm: str) -> None:
    for file in tiny.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / name
    content = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2 if name != "encoder.json" else 0] ^= 0x55
        path.write_bytes(content)
    with pytest.raises(NotFoundError if (name, harm) == ("encoder.json", "gone") else DamagedError, match=name):
        OnnxEncoder.open(tmp_path)


def test_what_passes_the_check_but_cannot_be_loaded_is_damage(tiny: OnnxEncoder, tmp_path: Path) -> None:
    for name in ("encoder.onnx", "tokenizer.json"):
        copy_encoder(tiny.folder, tmp_path / name)
        path = tmp_path / name / name
        size = path.stat().st_size
        path.unlink()
        path.write_bytes(b"x" * size)
        with pytest.raises(DamagedError, match="cannot be"):
            OnnxEncoder.open(tmp_path / name, verify=False)


def test_serving_imports_neither_torch_nor_transformers(tiny: OnnxEncoder) -> None:
    code = (
        "import sys; from pathlib import Path; from soutui.encode.onnx import OnnxEncoder\n"
        "import soutui.encode.base, soutui.encode.cache\n"
        f"print(OnnxEncoder.open(Path({str(tiny.folder)!r})).encode(['red'], 'query').shape)\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'onnx') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert made.stdout.splitlines() == [f"(1, {tiny.dim})", "[]"]
    assert made.stderr == ""


def test_the_default_model_is_close_to_full_precision(default: OnnxEncoder) -> None:
    assert default.dim == 384
    assert default.card.max_tokens == 256
    assert default.card.parity_mean >= 0.99
    assert default.card.precision == "int8"
    vectors = default.encode(TEXTS, "item")
    shoes, phone = TEXTS.index("red shoes"), TEXTS.index("iphone")
    runners = TEXTS.index("men's running shoes size 10.5 wide")
    assert vectors[shoes] @ vectors[runners] > vectors[phone] @ vectors[runners]
