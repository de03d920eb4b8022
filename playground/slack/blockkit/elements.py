"""Block Kit's composition objects, elements and rich text as a table of keys and limits.

Source: docs.slack.dev, Block Kit reference (2026). Where sources disagree, the tighter limit.
"""

from collections.abc import Mapping

from playground.slack.blockkit.shape import Flag, Many, Number, Record, Shape, Text, Typed, Word

ID = Text(255)
URL = Text(3_000, pattern=r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
IMAGE_URL = Text(3_000, pattern=r"https?://\S+")
STYLE = Word(("primary", "danger"))


def plain(most: int) -> Typed:
    """A plain_text object."""
    return Typed({"plain_text": Record({"text": Text(most)}, {"emoji": Flag()})})


def prose(most: int) -> Typed:
    """A plain_text or mrkdwn object."""
    return Typed({**plain(most).records, "mrkdwn": Record({"text": Text(most)}, {"verbatim": Flag()})})


CONFIRM = Record(
    {"title": plain(100), "text": prose(300), "confirm": plain(30), "deny": plain(30)},
    {"style": STYLE},
)
OPTION = Record({"text": plain(75), "value": Text(150)}, {"description": plain(75)})
CHECK_OPTION = Record({"text": prose(75), "value": Text(150)}, {"description": prose(75)})
LINK_OPTION = Record(OPTION.required, {**OPTION.optional, "url": URL})
OPTION_GROUP = Record({"label": plain(75), "options": Many(OPTION, 100)})
SLACK_FILE = Record(optional={"id": ID, "url": URL}, one_of=("id", "url"))
DISPATCH = Record({"trigger_actions_on": Many(Word(("on_enter_pressed", "on_character_entered")), 2)})
FILTER = Record(
    optional={
        "include": Many(Word(("im", "mpim", "private", "public")), 4),
        "exclude_external_shared_channels": Flag(),
        "exclude_bot_users": Flag(),
    },
    some_of=("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

# Elements -----------------------------------------------------------------------------------------------------------

_ACTION: Mapping[str, Shape] = {"action_id": ID}
_FOCUS: Mapping[str, Shape] = {**_ACTION, "focus_on_load": Flag()}
_CHOICE: Mapping[str, Shape] = {**_FOCUS, "confirm": CONFIRM}
_SELECT: Mapping[str, Shape] = {**_CHOICE, "placeholder": plain(150)}
_MULTI: Mapping[str, Shape] = {**_SELECT, "max_selected_items": Number(1, whole=True)}
_STATIC: Mapping[str, Shape] = {"options": Many(OPTION, 100), "option_groups": Many(OPTION_GROUP, 100)}
_QUERY: Mapping[str, Shape] = {"min_query_length": Number(0, whole=True)}
_TYPED: Mapping[str, Shape] = {**_FOCUS, "placeholder": plain(150), "dispatch_action_config": DISPATCH}
_DECIMAL = Text(100, pattern=r"-?\d+(\.\d+)?")
_LABELLED: Mapping[str, Shape] = {"value": Text(2_000), "accessibility_label": Text(75)}
_FEEDBACK = Record({"text": plain(75), "value": Text(2_000)}, {"accessibility_label": Text(75)})

IMAGE = Record(
    {"alt_text": Text(2_000)},
    {"image_url": IMAGE_URL, "slack_file": SLACK_FILE},
    one_of=("image_url", "slack_file"),
)
BUTTON = Record({"text": plain(75)}, {**_ACTION, **_LABELLED, "url": URL, "style": STYLE, "confirm": CONFIRM})

CHOICES: Mapping[str, Record] = {
    "checkboxes": Record({"options": Many(CHECK_OPTION, 10)}, {**_CHOICE, "initial_options": Many(CHECK_OPTION, 10)}),
    "radio_buttons": Record({"options": Many(CHECK_OPTION, 10)}, {**_CHOICE, "initial_option": CHECK_OPTION}),
    "datepicker": Record(optional={**_SELECT, "initial_date": Text(10, pattern=r"\d{4}-\d\d-\d\d")}),
    "timepicker": Record(
        optional={**_SELECT, "initial_time": Text(5, pattern=r"([01]\d|2[0-3]):[0-5]\d"), "timezone": ID}
    ),
    "static_select": Record(
        optional={**_SELECT, **_STATIC, "initial_option": OPTION}, one_of=("options", "option_groups")
    ),
    "external_select": Record(optional={**_SELECT, **_QUERY, "initial_option": OPTION}),
    "users_select": Record(optional={**_SELECT, "initial_user": ID}),
    "conversations_select": Record(
        optional={
            **_SELECT,
            "initial_conversation": ID,
            "default_to_current_conversation": Flag(),
            "response_url_enabled": Flag(),
            "filter": FILTER,
        }
    ),
    "channels_select": Record(optional={**_SELECT, "initial_channel": ID, "response_url_enabled": Flag()}),
    "multi_static_select": Record(
        optional={**_MULTI, **_STATIC, "initial_options": Many(OPTION, 100)}, one_of=("options", "option_groups")
    ),
    "multi_external_select": Record(optional={**_MULTI, **_QUERY, "initial_options": Many(OPTION, 100)}),
    "multi_users_select": Record(optional={**_MULTI, "initial_users": Many(ID)}),
    "multi_conversations_select": Record(
        optional={
            **_MULTI,
            "initial_conversations": Many(ID),
            "default_to_current_conversation": Flag(),
            "filter": FILTER,
        }
    ),
    "multi_channels_select": Record(optional={**_MULTI, "initial_channels": Many(ID)}),
}
MOMENT: Mapping[str, Record] = {
    "datetimepicker": Record(optional={**_CHOICE, "initial_date_time": Number(0, 9_999_999_999, whole=True)}),
}
PRESSED: Mapping[str, Record] = {
    "button": BUTTON,
    "overflow": Record({"options": Many(LINK_OPTION, 5)}, {**_ACTION, "confirm": CONFIRM}),
}
FIELDS: Mapping[str, Record] = {
    "plain_text_input": Record(
        optional={
            **_TYPED,
            "initial_value": Text(3_000, least=0),
            "multiline": Flag(),
            "min_length": Number(0, 3_000, whole=True),
            "max_length": Number(1, 3_000, whole=True),
        }
    ),
    "email_text_input": Record(optional={**_TYPED, "initial_value": Text(3_000, least=0)}),
    "url_text_input": Record(optional={**_TYPED, "initial_value": Text(3_000, least=0)}),
    "number_input": Record(
        {"is_decimal_allowed": Flag()},
        {**_TYPED, "initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL},
    ),
    "file_input": Record(optional={**_ACTION, "filetypes": Many(ID), "max_files": Number(1, 10, whole=True)}),
}

# Rich text ----------------------------------------------------------------------------------------------------------

_STYLE: Mapping[str, Shape] = {
    "style": Record(
        optional=dict.fromkeys(
            ("bold", "italic", "strike", "underline", "code", "highlight", "client_highlight", "unlink"), Flag()
        )
    )
}
_ANY = Text(40_000, least=0)
_LEAF = Typed(
    {
        "text": Record({"text": _ANY}, _STYLE),
        "link": Record({"url": URL}, {**_STYLE, "text": _ANY, "unsafe": Flag()}),
        "user": Record({"user_id": ID}, _STYLE),
        "usergroup": Record({"usergroup_id": ID}, _STYLE),
        "team": Record({"team_id": ID}, _STYLE),
        "channel": Record({"channel_id": ID}, _STYLE),
        "emoji": Record({"name": ID}, {**_STYLE, "unicode": ID, "skin_tone": Number(1, 6, whole=True)}),
        "broadcast": Record({"range": Word(("here", "channel", "everyone"))}, _STYLE),
        "color": Record({"value": Text(7, pattern="#?[0-9a-fA-F]{6}")}, _STYLE),
        "date": Record({"timestamp": Number(0, whole=True), "format": ID}, {**_STYLE, "url": URL, "fallback": _ANY}),
    }
)
_LEAVES: Mapping[str, Shape] = {"elements": Many(_LEAF, least=0)}
_BORDER: Mapping[str, Shape] = {"border": Word((0, 1))}
_SECTION = Record(_LEAVES)
_DEPTH = Number(0, whole=True)
RICH_TEXT = Record(
    {
        "elements": Many(
            Typed(
                {
                    "rich_text_section": _SECTION,
                    "rich_text_preformatted": Record(_LEAVES, {**_BORDER, "language": ID}),
                    "rich_text_quote": Record(_LEAVES, _BORDER),
                    "rich_text_list": Record(
                        {
                            "style": Word(("bullet", "ordered")),
                            "elements": Many(Typed({"rich_text_section": _SECTION})),
                        },
                        {**_BORDER, "indent": _DEPTH, "offset": _DEPTH},
                    ),
                }
            ),
            least=0,
        )
    },
    {"block_id": ID},
)

# Which elements stand where -----------------------------------------------------------------------------------------

IN_ACTIONS = Typed({**PRESSED, **CHOICES, **MOMENT})
IN_SECTION = Typed({**PRESSED, **CHOICES, "image": IMAGE})
IN_CONTEXT = Typed({**prose(3_000).records, "image": IMAGE})
IN_INPUT = Typed(
    {
        **FIELDS,
        **CHOICES,
        **MOMENT,
        "rich_text_input": Record({"action_id": ID}, {**_TYPED, "initial_value": Typed({"rich_text": RICH_TEXT})}),
    }
)
IN_CONTEXT_ACTIONS = Typed(
    {
        "feedback_buttons": Record({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, _ACTION),
        "icon_button": Record(
            {"icon": Word(("trash",)), "text": plain(75)},
            {**_ACTION, **_LABELLED, "confirm": CONFIRM, "visible_to_user_ids": Many(ID)},
        ),
    }
)
