"""What a sentence-transformers folder says about itself: modules, pooling, prefixes, lengths, weight files.

Only JSON is read here; neither torch nor transformers is imported. Nothing in the folder is run: a module of an
unknown type, code of the model's own and pickled weights are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soutui.errors import DataError, NotFoundError

POOLINGS = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "Sigmoid")

_OLD_POOLING_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_LENGTH_FILES = ("sentence_bert_config.json", "sentence_roberta_config.json", "sentence_xlm-roberta_config.json")
_FEATURE = "sentence_embedding"
_NO_LIMIT = 1_000_000  # transformers writes 1e30 where a tokenizer has no limit of its own


@dataclass(frozen=True, slots=True)
class Dense:
    """A linear layer after the pooling: its folder and the name of its activation."""

    path: Path
    activation: str


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A readable model: ``transformer`` is the folder with config and weights, ``max_tokens`` 0 when it sets no limit.

    ``pooling`` are the parts concatenated into one vector, ``dense`` the layers that follow. Vectors are always
    normalised here, whether the model asks for it or not: everything behind the encoder counts on unit rows.
    """

    path: Path
    transformer: Path
    weights: tuple[Path, ...]
    pooling: tuple[str, ...]
    dense: tuple[Dense, ...]
    prefixes: Mapping[str, str]
    max_tokens: int
    lower: bool

    def files(self) -> list[Path]:
        """Every file that decides what the vectors are, in a fixed order."""
        found = set(self.weights)
        for folder in {self.path, self.transformer, *(layer.path for layer in self.dense)}:
            found.update(folder.glob("*.json"), folder.glob("vocab.txt"), folder.glob("*.model"))
        found.update(self.path.glob("*/config.json"))
        found.update(path for layer in self.dense for path in layer.path.glob("*.safetensors"))
        return sorted(path for path in found if path.name not in ("data_config.json", "model_index.json"))


def read_folder(path: Path) -> ModelFolder:
    """The model in this folder. Without ``modules.json``: mean pooling over a plain transformers model.

    Raises NotFoundError when there is no model, DataError when it cannot be used (pickled weights, own code,
    unknown modules).
    """
    if not (path / "modules.json").is_file():
        if not (path / "config.json").is_file():
            raise NotFoundError(
                f"{path} holds no model: neither modules.json nor config.json is there",
                "name a folder saved by sentence-transformers or transformers",
            )
        return _assemble(path, path, ("mean",), ())
    modules = _json(path / "modules.json")
    if not isinstance(modules, list) or not modules:
        raise DataError(f"{path / 'modules.json'} is not a list of modules")
    transformer, pooling, dense = path, (), []  # type: Path, tuple[str, ...], list[Dense]
    for place, module in enumerate(modules):
        kind, folder = _module_kind(path, module), _inside(path, str(module.get("path", "")))
        if kind == "Transformer" and place == 0:
            transformer = folder
        elif kind == "Pooling" and place == 1:
            settings = _json(folder / "config.json")
            pooling = _pooling(settings, folder)
            if not settings.get("include_prompt", True) and any(_prefixes(path).values()):
                raise DataError(f"{path}: the pooling leaves out the prefix, which is not supported")
        elif kind == "Dense" and pooling:
            dense.append(_dense(folder))
        elif kind != "Normalize" or not pooling:
            raise DataError(
                f"{path}: module {place} is a {kind}, which is not supported there",
                "supported: Transformer, Pooling, then any of Dense and Normalize",
            )
        if kind == "Normalize" and place != len(modules) - 1:
            raise DataError(f"{path}: Normalize is followed by another module", "supported only at the end")
    if not pooling:
        raise DataError(f"{path}: modules.json names no Pooling", "supported: Transformer, Pooling, Dense, Normalize")
    return _assemble(path, transformer, pooling, tuple(dense))


def content_digest(path: Path) -> str:
    """blake2b (16 bytes, hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _assemble(path: Path, transformer: Path, pooling: tuple[str, ...], dense: tuple[Dense, ...]) -> ModelFolder:
    config = _json(transformer / "config.json")
    if config.get("is_encoder_decoder"):
        raise DataError(f"{path}: an encoder-decoder model ({config.get('model_type')})", "use an encoder model")
    if not config.get("model_type"):
        raise DataError(f"{transformer / 'config.json'} names no model_type")
    lengths = _first_json(transformer, _LENGTH_FILES)
    return ModelFolder(
        path=path,
        transformer=transformer,
        weights=_weights(transformer),
        pooling=pooling,
        dense=dense,
        prefixes=_prefixes(path),
        max_tokens=_max_tokens(lengths, transformer, config),
        lower=bool(lengths.get("do_lower_case", False)),
    )


def _module_kind(path: Path, module: Any) -> str:
    kind = str(module.get("type", "")) if isinstance(module, dict) else ""
    if not kind.startswith("sentence_transformers."):
        raise DataError(
            f"{path}: module of type {kind or module!r}, which is code of the model's own",
            "soutui runs no code from model folders; choose a model made of sentence-transformers modules",
        )
    return kind.rpartition(".")[2]


def _inside(path: Path, part: str) -> Path:
    folder = (path / part).resolve()
    if not folder.is_relative_to(path.resolve()):
        raise DataError(f"{path}: the module folder {part!r} lies outside the model")
    return path / part


def _pooling(config: Any, folder: Path) -> tuple[str, ...]:
    named = config.get("pooling_mode")
    if named is None:
        modes = tuple(mode for key, mode in _OLD_POOLING_KEYS.items() if config.get(key))
    else:
        modes = (named,) if isinstance(named, str) else tuple(named)
    unknown = [mode for mode in modes if mode not in POOLINGS]
    if unknown or not modes:
        raise DataError(f"{folder}: pooling {unknown or 'of no kind'}", f"supported: {', '.join(POOLINGS)}")
    return modes


def _dense(folder: Path) -> Dense:
    config = _json(folder / "config.json")
    activation = str(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    name = activation.rpartition(".")[2]
    plain = all(config.get(key, _FEATURE) in (_FEATURE, None) for key in ("module_input_name", "module_output_name"))
    if not activation.startswith("torch.nn.") or name not in ACTIVATIONS or config.get("use_residual") or not plain:
        raise DataError(
            f"{folder}: a Dense layer of a kind that is not supported (activation {activation})",
            f"supported: a linear layer with {', '.join(ACTIVATIONS)}",
        )
    _weights(folder)
    return Dense(folder, name)


def _weights(folder: Path) -> tuple[Path, ...]:
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if single.is_file():
        return (single,)
    if index.is_file():
        names = sorted(set(_json(index).get("weight_map", {}).values()))
        parts = tuple(_inside(folder, name) for name in names)
        missing = [part.name for part in parts if not part.is_file()]
        if missing or not parts:
            raise DataError(f"{folder}: weight files are missing: {', '.join(missing) or 'all'}", "download it again")
        return parts
    pickled = sorted(p.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl") for p in folder.glob(pattern))
    if pickled:
        raise DataError(
            f"{folder}: the weights are pickled ({pickled[0]}); a pickle can run code, so it is never loaded",
            "use a revision with model.safetensors, or convert it once in a place you trust: "
            "model.save_pretrained(folder, safe_serialization=True)",
        )
    raise NotFoundError(f"{folder} holds no model.safetensors", "name the folder that holds the weights")


def _prefixes(path: Path) -> dict[str, str]:
    config = _first_json(path, ("config_sentence_transformers.json",))
    prompts = config.get("prompts") or {}
    if not isinstance(prompts, dict):
        raise DataError(f"{path / 'config_sentence_transformers.json'}: prompts must be a table")
    usual = str(prompts.get(config.get("default_prompt_name") or "", ""))
    items = [prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)]
    return {"query": str(prompts.get("query") or usual), "item": str(items[0] if items else usual)}


def _max_tokens(lengths: Mapping[str, Any], transformer: Path, config: Mapping[str, Any]) -> int:
    own = lengths.get("max_seq_length")
    if not own:
        own = _first_json(transformer, ("tokenizer_config.json",)).get("model_max_length")
    positions = config.get("max_position_embeddings")
    # RoBERTa and its kin start counting positions after the padding id, so two of them are never used.
    if positions and config["model_type"] in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        positions -= 2
    limits = [int(n) for n in (own, positions) if isinstance(n, int | float) and 0 < n < _NO_LIMIT]
    return min(limits, default=0)


def _first_json(folder: Path, names: tuple[str, ...]) -> dict[str, Any]:
    for name in names:
        if (folder / name).is_file():
            made = _json(folder / name)
            return made if isinstance(made, dict) else {}
    return {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path} is missing", "the model folder is not complete; copy or download it again") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path}: {error}", "the model folder is not complete; copy or download it again") from None
