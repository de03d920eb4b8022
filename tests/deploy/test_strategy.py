"""Strategies as data: what can be written, and what is refused when the bot starts."""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.deploy.strategy import Step, Strategy
from bot.settings import Settings, load
from bot.values import StrategyKind

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/strategies.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"kind": "rolling", "steps": [{"weight": 5}]}, "rolling has no steps"),
        ({"kind": "recreate", "steps": [{"weight": 0}]}, "recreate has no steps"),
        ({"kind": "canary"}, "canary needs steps"),
        ({"kind": "canary", "steps": [{"weight": 50}, {"weight": 5}]}, "only grow"),
        ({"kind": "canary", "steps": [{"weight": 100}]}, "less than or equal to 99"),
        ({"kind": "canary", "steps": [{"weight": -1}]}, "greater than or equal to 0"),
        ({"kind": "canary", "steps": [{}]}, "Field required"),
        ({"kind": "canary", "steps": [{"weight": 5, "pause": 60}]}, "no length of time"),
        ({"kind": "canary", "steps": [{"weight": 5, "gate": "No Name"}]}, "is no name"),
        ({"kind": "canary", "steps": [{"weight": 5, "wait": 5}]}, "Extra inputs"),
        ({"kind": "blue_green", "steps": [{"weight": 0}, {"weight": 50}]}, "0 and the whole"),
        ({"kind": "big_bang"}, "'rolling', 'recreate', 'canary' or 'blue_green'"),
        ({}, "Field required"),
    ],
)
def test_what_can_not_be_done_can_not_be_written(written: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Strategy.model_validate(written)


@given(st.sampled_from(list(StrategyKind)), st.lists(st.integers(0, 99), max_size=5))
def test_only_canary_splits_traffic_and_weights_never_shrink(kind: StrategyKind, weights: list[int]) -> None:
    fits = {
        StrategyKind.ROLLING: not weights,
        StrategyKind.RECREATE: not weights,
        StrategyKind.CANARY: bool(weights) and all(a <= b for a, b in pairwise(weights)),
        StrategyKind.BLUE_GREEN: not any(weights),
    }[kind]
    made = list[Strategy]()
    try:
        made.append(Strategy(kind=kind, steps=tuple(Step(weight=one) for one in weights)))
    except ValidationError:
        assert not fits
    assert bool(made) == fits


def test_the_gates_of_a_strategy_are_those_of_its_steps_and_of_its_watch_each_once() -> None:
    steps = [{"weight": 5, "gate": "b"}, {"weight": 10}, {"weight": 20, "gate": "b"}]
    assert Strategy.model_validate({"kind": "canary", "steps": steps, "watch": "a"}).gates == ["a", "b"]
    assert Strategy(kind=StrategyKind.ROLLING).gates == []


def test_times_may_be_none_at_all() -> None:
    strategy = Strategy.model_validate({"kind": "blue_green", "warm": "0s", "steps": [{"weight": 0, "pause": "90s"}]})
    assert (strategy.warm, strategy.steps[0].pause) == (timedelta(), timedelta(seconds=90))


def loaded(folder: Path, example: str) -> Settings:
    """The settings with an example on top of the files that are there."""
    (folder / "config").mkdir()
    for name in ("default", "services", "people"):
        (folder / f"config/{name}.yml").write_text((ROOT / f"config/{name}.yml").read_text("utf-8"), "utf-8")
    (folder / "config/development.yml").write_text(example, "utf-8")
    return load({}, folder)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_guide_loads_and_adds_a_strategy(tmp_path: Path, example: str) -> None:
    settings, ours = loaded(tmp_path, example), load({}, ROOT)
    added = settings.strategies.keys() - ours.strategies.keys()
    assert added
    assert all(set(settings.strategies[name].gates) <= set(settings.gates) for name in added)


def test_the_examples_say_what_the_guide_says_of_them(tmp_path: Path) -> None:
    assert len(EXAMPLES) == 5
    settings = loaded(tmp_path, EXAMPLES[4])
    production = settings.services["api"].environments["production"]
    assert (production.strategy, production.watch) == ("slow_canary", timedelta(hours=2))


def test_all_strategies_that_come_with_the_bot_have_their_gates() -> None:
    for env in ("development", "playground"):
        settings = load({"QUARTERDECK_ENV": env}, ROOT)
        assert {strategy.kind for strategy in settings.strategies.values()} == set(StrategyKind)
        assert all(set(strategy.gates) <= set(settings.gates) for strategy in settings.strategies.values())
