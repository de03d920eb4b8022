"""What people type for a deploy: understood, or refused with what to type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deploy.wishes import FLAGS, OPTIONS, USAGE, Wish, wished
from bot.errors import Code, Refusal

PLAIN = "api v1.2 production"
NAMED = {"service": "api", "version": "v1.2", "environment": "production"}


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        wished(text)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "more"),
    [
        ("", {}),
        ("--major", {"major": True}),
        ("--strategy canary --in-window --expires 2h", {"strategy": "canary", "in_window": True, "expires": "2h"}),
        ('--at "mon 09:00"', {"at": "mon 09:00"}),
        ("--at “tomorrow 14:00”", {"at": "tomorrow 14:00"}),
        ("--emergency 'checkout is down'", {"emergency": "checkout is down"}),
        ("--emergency “it doesn’t start”", {"emergency": "it doesn't start"}),
        ("—major", {"major": True}),
        ("–strategy canary", {"strategy": "canary"}),
    ],
)
def test_what_is_typed_is_what_is_wished_for(typed: str, more: dict[str, object]) -> None:
    wanted = Wish.model_validate(NAMED | more)
    assert wished(f"{PLAIN} {typed}") == wanted
    assert wished(f"{typed} {PLAIN}") == wanted


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", Code.MISSING_WORD, "service, version, environment"),
        ("api v1.2", Code.MISSING_WORD, "environment"),
        (f"{PLAIN} now please", Code.TOO_MANY_WORDS, "`now please`"),
        (f"{PLAIN} --quick", Code.INVALID, "`--quick`"),
        (f"{PLAIN} --quick", Code.INVALID, "`--in-window`"),
        (f"{PLAIN} --at", Code.MISSING_WORD, "`--at` needs a value"),
        (f"{PLAIN} --at --major", Code.MISSING_WORD, "`--at` needs a value"),
        (f"{PLAIN} --emergency —major", Code.MISSING_WORD, "`--emergency` needs a value"),
        (f'{PLAIN} --emergency ""', Code.MISSING_WORD, "`--emergency` needs a value"),
        ('api "v1.2 production', Code.INVALID, "never closed"),
        ("x" * 401, Code.TOO_LONG, "401"),
        ("<!channel> v1 production --<!here>", Code.INVALID, "&lt;!here&gt;"),
    ],
)
def test_a_mistake_is_answered_with_what_was_wrong_and_what_to_type(text: str, code: Code, said: str) -> None:
    no = refused(text)
    assert no.code == code
    assert said in no.text
    assert USAGE.replace("<", "&lt;").replace(">", "&gt;") in no.hint
    assert "<!" not in no.text


WORDS = st.one_of(st.text(max_size=20), st.sampled_from([*FLAGS, *OPTIONS, "api", "v1.2", '"', "“", "—at", "--"]))


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=500))
def test_whatever_is_typed_gives_a_wish_or_a_refusal_with_the_usage(text: str) -> None:
    refusals, wishes = list[Refusal](), list[Wish]()
    try:
        wishes.append(wished(text))
    except Refusal as no:
        refusals.append(no)
    assert len(refusals) + len(wishes) == 1
    assert all("/deploy" in no.hint and "<!" not in no.text for no in refusals)
    assert all({one.service, one.version, one.environment}.isdisjoint({*FLAGS, *OPTIONS}) for one in wishes)


OPTIONAL = [
    ("--major", {"major": True}),
    ("--in-window", {"in_window": True}),
    ("--strategy canary", {"strategy": "canary"}),
    ('--at "mon 09:00"', {"at": "mon 09:00"}),
    ("--expires 2h", {"expires": "2h"}),
    ("--emergency “the shop is down”", {"emergency": "the shop is down"}),
]


@given(st.lists(st.sampled_from(OPTIONAL), unique_by=lambda one: one[0]), st.data())
def test_options_may_stand_anywhere_in_any_order(
    chosen: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    parts, wanted = PLAIN.split(), dict[str, object](NAMED)
    for typed, meant in chosen:
        parts.insert(data.draw(st.integers(0, len(parts))), typed)
        wanted |= meant
    assert wished(" ".join(parts)) == Wish.model_validate(wanted)
