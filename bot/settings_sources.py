"""Where settings come from: YAML files and the environment, laid over each other; each value remembers its source."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PREFIX = "QUARTERDECK__"
TEST_PREFIX = "QUARTERDECK_TEST_"  # says to the tests what they may use; nothing to the bot

PLAIN: Mapping[str, tuple[str, ...]] = {
    "QUARTERDECK_ENV": ("env",),
    "SLACK_BOT_TOKEN": ("slack", "bot_token"),
    "SLACK_APP_TOKEN": ("slack", "app_token"),
    "SLACK_SIGNING_SECRET": ("slack", "signing_secret"),
    "SLACK_API_URL": ("slack", "api_url"),
    "DATABASE_URL": ("database_url",),
    "HOST": ("host",),
    "PORT": ("port",),
    "KUBECONFIG": ("kubeconfig",),
    "PROMETHEUS_URL": ("prometheus_url",),
}
OTHER = ("QUARTERDECK_CONFIG",)

NOTHING = object()

Keys = tuple[str | int, ...]


class Layer(NamedTuple):
    """What one source says. `name` is what people know it by: a path below the root, or a variable."""

    name: str
    data: dict[str, Any]
    variable: bool = False


class Problem(NamedTuple):
    """Something that stops the start: where it was written and a sentence without a full stop."""

    source: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


def read_file(path: Path, name: str) -> tuple[Layer, list[Problem]]:
    """The layer of a YAML file, and what is wrong with the file as such."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        return Layer(name, {}), [Problem(name, "there is no such file")]
    except (OSError, UnicodeDecodeError) as error:
        return Layer(name, {}), [Problem(name, f"can't be read: {error}")]
    except yaml.YAMLError as error:
        return Layer(name, {}), [Problem(name, f"is not YAML: {' '.join(str(error).split())}")]
    if data is None:
        return Layer(name, {}), []
    if not isinstance(data, dict):
        return Layer(name, {}), [Problem(name, "must hold keys and values")]
    return Layer(name, data), []


def read_environment(environ: Mapping[str, str], files: Mapping[str, Any]) -> tuple[list[Layer], list[Problem]]:
    """A layer for each variable that is meant for us; an empty variable counts as not set. The plain ones come first,
    so that QUARTERDECK__PORT wins over a PORT that was set for somebody else.

    `files` is what they say: QUARTERDECK__SERVICES__MY_API finds the service "my-api" in it.
    """
    layers, problems = [], []
    for name, value in sorted(environ.items(), key=lambda item: (item[0] not in PLAIN, item[0])):
        try:
            keys = _keys(name, files) if value else ()
            if keys:
                layers.append(Layer(name, _nested(keys, value if name in PLAIN else _value(value)), variable=True))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    return layers, problems


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """All layers as one, later ones over earlier ones: mappings key by key, everything else whole."""
    whole: dict[str, Any] = {}
    for layer in layers:
        whole = _over(whole, layer.data)
    return whole


def origin(keys: Keys, layers: Sequence[Layer]) -> str:
    """The source that says what stands at `keys`, or else at the closest key above it: rather a file than a variable,
    because a file is where something missing would be written."""
    candidates: list[Layer] = list(reversed(layers))
    files_first: list[Layer] = sorted(candidates, key=lambda layer: layer.variable)
    for depth in range(len(keys), 0, -1):
        for layer in candidates:
            if _holds(layer, keys[:depth]):
                return layer.name
        candidates = files_first
    return layers[0].name if layers else "settings"


def below(data: object, key: str | int) -> object:
    """What stands at `key` of a mapping or a list, or NOTHING."""
    if isinstance(data, Mapping):
        return data.get(key, NOTHING)
    if isinstance(data, list) and isinstance(key, int) and key < len(data):
        return data[key]
    return NOTHING


def _holds(layer: Layer, keys: Keys) -> bool:
    found: object = layer.data
    for key in keys:
        found = below(found, key)
    return found is not NOTHING


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """ " (did you mean x?)", or nothing when no known name is close."""
    close = difflib.get_close_matches(given[:64], sorted(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def _keys(name: str, files: Mapping[str, Any]) -> tuple[str, ...]:
    """The path of keys that a variable sets; nothing for somebody else's; ValueError for one that is nobody's."""
    if name in PLAIN:
        return PLAIN[name]
    if name.startswith(PREFIX):
        return _as_written(name.removeprefix(PREFIX).split("__"), files)
    if name.startswith("QUARTERDECK") and name not in OTHER and not name.startswith(TEST_PREFIX):
        raise ValueError(f"unknown variable{did_you_mean(name, (*PLAIN, *OTHER))}")
    return ()


def _as_written(words: list[str], data: object) -> tuple[str, ...]:
    """The keys of config that these words of a variable's name stand for: case is lost there, and "-" too."""
    keys: list[str] = []
    for word in words:
        known = [str(key) for key in data if _plain(str(key)) == _plain(word)] if isinstance(data, Mapping) else []
        keys.append(known[0] if known else word.lower())
        data = below(data, keys[-1])
    return tuple(keys)


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(".", "_")


def _value(text: str) -> object:
    """A list or a mapping is written as JSON; everything else is text, which the setting's type makes sense of."""
    if text[:1] not in "[{":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from error


def _nested(keys: Sequence[str], value: object) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key written twice (the first service of two would silently be gone) or read as no text
    (`on` is a truth value in YAML)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                raise yaml.MarkedYAMLError(
                    problem="a key that is no text: put it in quotes", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value} is there twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
