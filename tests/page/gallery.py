"""One of everything that the page shows: the messages and views of the app that the page's tests drive."""

from typing import Any

Block = dict[str, Any]

ATTACK = "<script>alert(1)</script><img src=x onerror=\"document.title='hacked'\">"


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def option(label: str, value: str, detail: str = "") -> Block:
    return {"text": plain(label), "value": value} | ({"description": plain(detail)} if detail else {})


ENVIRONMENTS = [option("staging", "staging", "eu-central"), option("production", "production", "eu-central, us-east")]
PEOPLE = {"type": "users_select", "action_id": "who", "placeholder": plain("Who reviews?")}


def button(label: str, action_id: str, style: str = "", **more: Any) -> Block:
    built: Block = {"type": "button", "text": plain(label), "action_id": action_id, "value": "d-1", **more}
    return built | ({"style": style} if style else {})


def card(seconds: int) -> list[Block]:
    """A deploy that waits for an approval."""
    when = f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|some time ago>"
    question = {"title": plain("Approve this deploy?"), "text": mrkdwn("*api* `v1.2` goes to *production*.")}
    question |= {"confirm": plain("Approve"), "deny": plain("Not yet")}
    fields = ["*Service*\napi", "*Version*\n`v1.1` → `v1.2`", "*Environment*\nproduction", f"*Requested*\n{when}"]
    return [
        {"type": "header", "text": plain("api v1.2 → production")},
        {"type": "section", "text": mrkdwn("<@U0DANA> asks for a deploy. It waits for one of <!subteam^S0APPROVE>.")},
        {"type": "section", "fields": [mrkdwn(text) for text in fields]},
        {
            "type": "actions",
            "block_id": "decision",
            "elements": [
                button("Approve", "approve", "primary", confirm=question),
                button("Reject", "reject", "danger"),
                button("Details", "details"),
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("Hold", "hold"), option("Cancel", "cancel")],
                },
            ],
        },
        {"type": "context", "elements": [mrkdwn(f"Nothing changes before the approval · {when}")]},
    ]


def decided(who: str) -> list[Block]:
    return [card(0)[0], {"type": "context", "elements": [mrkdwn(f"Approved by <@{who}> in <#C0DEPLOYS>")]}]


def cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def controls() -> list[Block]:
    return [
        {
            "type": "section",
            "block_id": "where",
            "text": mrkdwn("Where to?"),
            "accessory": {
                "type": "static_select",
                "action_id": "environment",
                "placeholder": plain("Environment"),
                "options": ENVIRONMENTS,
            },
        },
        {
            "type": "actions",
            "block_id": "pickers",
            "elements": [
                PEOPLE,
                {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-20"},
                {"type": "timepicker", "action_id": "time", "initial_time": "14:30"},
            ],
        },
        {
            "type": "actions",
            "block_id": "ticks",
            "elements": [
                {
                    "type": "checkboxes",
                    "action_id": "ticks",
                    "options": [option("Tell the channel", "tell"), option("Watch for 10 minutes", "watch")],
                }
            ],
        },
        {
            "type": "actions",
            "block_id": "links",
            "elements": [
                {
                    "type": "button",
                    "text": plain("Open the runbook"),
                    "action_id": "runbook",
                    "url": "https://example.com/runbook",
                }
            ],
        },
    ]


def labelled(label: str, block_id: str, element: Block, **more: Any) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "it", **element},
        **more,
    }


def form() -> Block:
    services = [option("api", "api", "the public one"), option("web", "web"), option("billing", "billing")]
    return {
        "type": "modal",
        "callback_id": "deploy_form",
        "title": plain("Deploy"),
        "submit": plain("Ask for approval"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "text": mrkdwn("Somebody of <!subteam^S0APPROVE> is asked before anything happens.")},
            labelled(
                "Service", "service", {"type": "static_select", "options": services, "initial_option": services[0]}
            ),
            labelled(
                "Version",
                "version",
                {"type": "plain_text_input", "placeholder": plain("v1.2")},
                hint=plain("A tag of the image."),
            ),
            labelled("Environments", "targets", {"type": "multi_static_select", "options": ENVIRONMENTS}),
            labelled(
                "Strategy",
                "strategy",
                {
                    "type": "radio_buttons",
                    "options": [option("Rolling", "rolling", "pod by pod"), option("Canary", "canary", "5 % first")],
                },
            ),
            labelled(
                "Also",
                "also",
                {"type": "checkboxes", "options": [option("Watch for 10 minutes", "watch")]},
                optional=True,
            ),
            labelled(
                "Ticket",
                "ticket",
                {"type": "external_select", "min_query_length": 1, "placeholder": plain("Search")},
                optional=True,
            ),
            labelled(
                "Percent",
                "percent",
                {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "100"},
                optional=True,
            ),
            labelled("Mail", "mail", {"type": "email_text_input"}, optional=True),
            labelled("Link", "link", {"type": "url_text_input"}, optional=True),
            labelled("Why", "why", {"type": "plain_text_input", "multiline": True}, optional=True),
            {"type": "actions", "block_id": "deeper", "elements": [button("Compare versions", "compare")]},
        ],
    }


def compared() -> Block:
    return {
        "type": "modal",
        "title": plain("v1.1 … v1.2"),
        "close": plain("Back"),
        "blocks": [{"type": "section", "text": mrkdwn("• 3 commits\n• 1 migration")}],
    }


def home(who: str) -> Block:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Aboard")},
            {
                "type": "section",
                "text": mrkdwn(f"Good to see you, <@{who}>."),
                "accessory": button("Deploy something", "open_form", "primary"),
            },
            {"type": "divider"},
            {
                "type": "section",
                "fields": [mrkdwn("*api*\n`v1.1` since yesterday"), mrkdwn("*web*\n`v4.0` for 12 days")],
            },
            {"type": "context", "elements": [mrkdwn("Nothing waits for you.")]},
        ],
    }
