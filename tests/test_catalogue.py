"""Names and versions as people type them, right and wrong."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.catalogue import Catalogue, Service, quoted
from bot.errors import Code, Refusal


def catalogue(**changes: Any) -> Catalogue:
    target = {"type": "kubernetes", "namespace": "shop"}
    environments = {"staging": {"target": target, "approvals": 0}, "production": {"target": target}}
    api = {"owner": "shop", "environments": environments} | changes
    return Catalogue.model_validate({"services": {"api": api, "web": {"owner": "shop", "environments": environments}}})


def refusal(services: Catalogue, *names: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        services.place(*names)
    return caught.value


def bad_version(text: str, **changes: Any) -> Refusal:
    services = catalogue(**changes)
    with pytest.raises(Refusal) as caught:
        services.version(services.service("api"), text)
    assert caught.value.code is Code.BAD_VERSION
    return caught.value


def test_a_place_is_found_by_its_names() -> None:
    service, environment = catalogue().place("api", "production")
    assert (service.name, environment.approvals.count, environment.strategy) == ("api", 1, "rolling")
    assert (environment.target_type, environment.target_options) == ("kubernetes", {"namespace": "shop"})


def test_an_unknown_service_is_refused_with_the_nearest_and_all_names() -> None:
    no = refusal(catalogue(), "aip", "production")
    assert (no.code, no.text) == (Code.UNKNOWN_SERVICE, "There is no service `aip`.")
    assert no.hint == "Did you mean `api`? Services: `api`, `web`."


def test_an_unknown_environment_is_refused_with_those_of_the_service() -> None:
    no = refusal(catalogue(), "api", "prod")
    assert (no.code, no.text) == (Code.UNKNOWN_ENVIRONMENT, "`api` has no environment `prod`.")
    assert no.hint == "Did you mean `production`? Environments: `production`, `staging`."


def test_nothing_is_suggested_when_nothing_is_close() -> None:
    assert refusal(catalogue(), "zzzzzz", "production").hint == "Services: `api`, `web`."


def test_names_are_compared_exactly_but_found_in_any_case() -> None:
    assert refusal(catalogue(), "API", "production").hint.startswith("Did you mean `api`?")


def test_of_many_names_some_are_shown_and_the_rest_is_counted() -> None:
    one = catalogue().services["api"]
    many = Catalogue(
        services={f"service-{n:02}": one.model_copy(update={"name": f"service-{n:02}"}) for n in range(40)}
    )
    assert refusal(many, "zzz", "production").hint.endswith("`service-11` and 28 more.")


def test_an_empty_catalogue_says_so() -> None:
    assert refusal(Catalogue(services={}), "api", "production").hint == "Services: none yet."


HOSTILE = [
    "<!channel>",
    "<@U0DANA>",
    "`api`",
    "x" * 4_000,
    "🚀" * 1_000,
    "a\nb",
    "‮ipa",
    "\x00",
    "",
    "“api”",
    "名前",
    "*_~>",
    "&amp;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_versions_come_back_harmless(text: str) -> None:
    services = catalogue()
    for no in (refusal(services, text, "production"), refusal(services, "api", text), bad_version(text)):
        shown = no.text + no.hint
        assert len(shown) < 600
        assert not re.search(r"<[!@#]|\n|‮|\x00", shown)
        assert shown.count("`") % 2 == 0


@given(st.text(max_size=300))
def test_what_is_quoted_is_one_harmless_line(text: str) -> None:
    shown = quoted(text)
    assert re.fullmatch(r"`[^`<>\n]+`", shown)
    assert shown[1:-1].isprintable()
    assert len(shown) <= 40 * 5 + 2


@pytest.mark.parametrize(
    "text",
    ["v1", "v1.2", "1.2", "1.2.3", "1.2.3.4", "v1.3-bad", "v1.2.3-rc.1", "0a1b2c3", "f" * 40, "sha256:" + "0a" * 32],
)
def test_a_version_is_a_version(text: str) -> None:
    services = catalogue()
    assert services.version(services.service("api"), text) == text


@pytest.mark.parametrize(
    "text",
    [
        "v",
        "1",
        "v1.",
        "v1..2",
        "v1.2-",
        "v1.2\n",
        " v1.2",
        "v1.2 ",
        "V1.2",
        "v١",
        "sha256:0a",
        "0a1b2c",
        "f" * 41,
        "v1.2;rm",
        "../v1",
    ],
)
def test_what_is_no_version_is_refused_with_an_example(text: str) -> None:
    no = bad_version(text)
    assert no.text.endswith("is not a version of `api`.")
    assert no.hint == "For example: `v1.2`."


@pytest.mark.parametrize("text", ["latest", "LATEST"])
def test_latest_is_refused_with_its_own_reason_whatever_the_pattern(text: str) -> None:
    no = bad_version(text, version_pattern=".*", version_example="build-7")
    assert "what it names changes" in no.text
    assert no.hint == "For example: `build-7`."


def test_a_long_version_is_refused_before_any_pattern_looks_at_it() -> None:
    no = bad_version("a" * 4_000, version_pattern=r"(a+)+b")
    assert "too long for a version: 4,000 characters, at most 128" in no.text


def test_a_service_can_have_its_own_pattern() -> None:
    services = catalogue(version_pattern=r"build-\d+", version_example="build-7")
    assert services.version(services.service("api"), "build-12") == "build-12"
    assert bad_version("v1", version_pattern=r"build-\d+", version_example="build-7").hint == "For example: `build-7`."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version_pattern": "("}, "no regular expression"),
        ({"environments": {}}, "at least 1"),
        ({"environments": {"production": {"target": {}}}}, 'needs a "type"'),
        ({"environments": {"production": {"target": {"type": "x"}, "approvals": -1}}}, "greater than or equal to 0"),
        ({"environments": {"Production!": {"target": {"type": "x"}}}}, "is no name"),
        ({"name": "web"}, "api says another"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_catalogue_that_makes_no_sense_can_not_be_made(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        catalogue(**changes)


def test_a_catalogue_never_changes_and_survives_a_round_trip() -> None:
    services = catalogue()
    with pytest.raises(ValidationError, match="frozen"):
        services.services = {}  # type: ignore[misc]  # what mypy forbids must fail at run time too
    assert Catalogue.model_validate(services.model_dump()) == services
    assert isinstance(services.services["api"], Service)
