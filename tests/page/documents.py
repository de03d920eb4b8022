"""Messages to read: written text, tables, charts."""

from tests.page.gallery import Block, cell, mrkdwn

TEXTS = (
    "*bold* _italic_ ~strike~ *_both_* `code <@U0ARI>` snake_case_stays 2*3*4 :rocket: :no_such_emoji:\n"
    "&gt; quoted *words*\n&gt; of somebody\n• first\n• second, with <https://example.com/a_b_c|a link> and "
    "<mailto:ops@example.com>\n"
    "1. Tell <!subteam^S0DEPLOY> and <!here>\n```\nfor line in log:\n    print(line)  # *not bold*\n```\n"
    "Started <!date^1700000000^{date_long} {time_secs}|then>, that is <!date^1700000000^{date_num}|then>. https://example.com/run?x=1&amp;y=2."
)

RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "Rich "},
                {"type": "text", "text": "bold italics", "style": {"bold": True, "italic": True}},
                {"type": "text", "text": " by "},
                {"type": "user", "user_id": "U0CAM"},
                {"type": "text", "text": " in "},
                {"type": "channel", "channel_id": "C0GENERAL"},
                {"type": "emoji", "name": "anchor"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}
                for word in ("drain", "swap", "watch")
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "kubectl rollout status\ndone"}]},
    ],
}

MARKDOWN = """# Runbook: api is slow
Check **in this order**, _calmly_:
1. [Dashboard](https://example.com/dashboard)
2. The last deploy
   - what changed
   - who knows
- [x] page sent
- [ ] customers told

| step | minutes |
|------|---------|
| look | 2 |
| act  | 5 |

> Nothing is on fire ~~yet~~.
```
select 1;
```"""


def written() -> list[Block]:
    return [
        {"type": "section", "text": mrkdwn(TEXTS)},
        {"type": "divider"},
        RICH,
        {"type": "markdown", "text": MARKDOWN},
    ]


def number(value: float) -> Block:
    return {"type": "raw_number", "value": value, "text": f"{value:g}"}


def series(name: str, *values: float) -> Block:
    return {"name": name, "data": [{"label": f"1{at}:00", "value": value} for at, value in enumerate(values)]}


HOURS = {"categories": [f"1{at}:00" for at in range(6)], "x_label": "hour (UTC)", "y_label": "requests per second"}


def line_chart() -> Block:
    lines = [series("v1.1", 410, 420, 380, 300, 160, 20), series("v1.2", 0, 20, 60, 150, 290, 430)]
    return {
        "type": "data_visualization",
        "title": "Requests by version",
        "chart": {"type": "line", "series": lines, "axis_config": HOURS},
    }


def bar_chart() -> Block:
    bars = [series("errors", 3, 1, 4, 1, 5, 9)]
    return {
        "type": "data_visualization",
        "title": "Errors per hour",
        "chart": {"type": "bar", "series": bars, "axis_config": HOURS},
    }


def pie_chart() -> Block:
    segments = [{"label": "ok", "value": 92}, {"label": "slow", "value": 6}, {"label": "failed", "value": 2}]
    return {"type": "data_visualization", "title": "Outcomes today", "chart": {"type": "pie", "segments": segments}}


def area_chart() -> Block:
    areas = [series("memory", 220, 240, 280, 260, 300, 310), series("cache", 100, 120, 110, 130, 140, 150)]
    return {
        "type": "data_visualization",
        "title": "Memory, MiB",
        "chart": {"type": "area", "series": areas, "axis_config": HOURS},
    }


def data_table() -> Block:
    rows = [[cell("Service"), cell("Deploys"), cell("Failed")]]
    rows += [
        [cell(name), number(at * 7 % 11), number(at % 3)]
        for at, name in enumerate(["api", "web", "billing", "search", "mail", "jobs", "auth"])
    ]
    return {"type": "data_table", "caption": "Deploys this week", "rows": rows, "page_size": 4}


def table() -> Block:
    rows = [
        ["Step", "Took", "Note"],
        ["pull", "12 s", "from the cache"],
        ["roll out", "41 s", "three pods at a time, the old ones stay until the new ones are ready"],
    ]
    settings = [{"align": "left"}, {"align": "right"}, {"is_wrapped": True}]
    return {"type": "table", "rows": [[cell(text) for text in row] for row in rows], "column_settings": settings}
