"""Whatever our builders make of any text is valid, and nonsense never breaks the validator."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot import blocks as build
from playground.slack.blockkit import problems

Block = dict[str, Any]

words = st.text(min_size=1, max_size=4_000)
ids = st.text(min_size=1, max_size=100)
labels = st.text(min_size=1, max_size=200)
menus = st.lists(st.builds(build.option, labels, ids), min_size=1, max_size=3)
questions = st.builds(build.confirm, labels, words, labels, labels, danger=st.booleans())
buttons = st.builds(
    build.button, labels, ids, ids, style=st.sampled_from(["", "primary", "danger"]), confirm=st.none() | questions
)
selects = st.builds(build.select, ids, menus, ids, labels)
links = st.builds(build.link_button, labels, ids, st.just("https://example.com/a"))
prose = st.one_of(
    st.builds(build.header, words),
    st.builds(build.section, words, st.none() | buttons | selects),
    st.builds(build.fields, st.lists(st.tuples(labels, words), min_size=1, max_size=12)),
    st.lists(words, min_size=1, max_size=12).map(lambda texts: build.context(*texts)),
    st.builds(build.divider),
    st.lists(buttons | selects | links, min_size=1, max_size=3, unique_by=lambda one: one["action_id"]).map(
        lambda elements: build.actions(*elements)
    ),
)
inputs = st.builds(
    build.text_input,
    ids,
    initial=st.text(max_size=300),
    multiline=st.booleans(),
    most=st.integers(1, 3_000),
    hint=st.text(max_size=200),
)
forms = st.builds(
    build.modal,
    words,
    ids,
    st.lists(
        st.builds(build.labelled, words, inputs | selects, ids, optional=st.booleans(), hint=words),
        min_size=1,
        max_size=3,
        unique_by=lambda block: block["block_id"],
    ),
    submit=labels,
    metadata=st.text(max_size=3_000),
)


@given(prose)
def test_every_block_that_we_build_from_any_text_is_valid(block: Block) -> None:
    told = problems({"blocks": [block]}, "message")
    assert [problem for problem in told if problem.code != "msg_blocks_too_long"] == []


@given(forms)
def test_every_form_that_we_build_from_any_text_is_valid(form: Block) -> None:
    assert problems(form, "modal") == []


@given(st.lists(prose, min_size=1, max_size=60))
def test_every_message_that_we_build_holds_no_more_blocks_than_slack_takes(blocks: list[Block]) -> None:
    assert len(build.message(*blocks).blocks) <= 50


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(st.sampled_from(["type", "text", "blocks", "elements", "x"]) | st.just("section"), x)
        ),
    )
)
def test_nonsense_is_refused_without_an_exception(value: Any) -> None:
    problems(value, "message")
    problems({"blocks": value}, "message")
    problems({"type": "modal", "blocks": [value]}, "modal")
