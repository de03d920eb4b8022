"""The smallest valid piece of each kind, to be spoilt by the tests."""

from typing import Any

from playground.slack.blockkit import Surface, problems

Block = dict[str, Any]


def plain(text: str = "x") -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Block:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Block:
    return {"type": "section", "text": mrkdwn()} | more


def button(**more: Any) -> Block:
    return {"type": "button", "text": plain()} | more


def actions(*elements: Block, **more: Any) -> Block:
    return {"type": "actions", "elements": list(elements)} | more


def option(value: str = "v", **more: Any) -> Block:
    return {"text": plain(), "value": value} | more


def options(count: int) -> list[Block]:
    return [option(str(number)) for number in range(count)]


def entry(element: Block | None = None, **more: Any) -> Block:
    return {"type": "input", "label": plain(), "element": element or {"type": "plain_text_input"}} | more


def modal(*blocks: Block, **more: Any) -> Block:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks) or [section()]} | more


def home(*blocks: Block, **more: Any) -> Block:
    return {"type": "home", "blocks": list(blocks) or [section()]} | more


def confirm(**more: Any) -> Block:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()} | more


def cells(rows: int, columns: int = 1, text: str = "x") -> list[list[Block]]:
    return [[{"type": "raw_text", "text": text} for _ in range(columns)] for _ in range(rows)]


def data_table(**more: Any) -> Block:
    return {"type": "data_table", "caption": "Errors", "rows": cells(2)} | more


def chart(series: int = 1, points: int = 2, kind: str = "line", **more: Any) -> Block:
    names = [f"c{number}" for number in range(points)]
    data = [{"label": name, "value": 1} for name in names]
    plots = [{"name": f"s{number}", "data": data} for number in range(series)]
    built = {"type": kind, "series": plots, "axis_config": {"categories": names}}
    return {"type": "data_visualization", "title": "Errors", "chart": built} | more


def card(**more: Any) -> Block:
    return {"type": "card", "title": mrkdwn()} | more


def container(*children: Block, **more: Any) -> Block:
    return {"type": "container", "title": plain(), "child_blocks": list(children) or [section()]} | more


def of(surface: Surface, *blocks: Block) -> Block:
    return {"message": {"blocks": list(blocks)}, "modal": modal(*blocks), "home": home(*blocks)}[surface]


def found(payload: Block, surface: Surface = "message") -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in problems(payload, surface)]


def said(*blocks: Block, surface: Surface = "message") -> list[tuple[str, str]]:
    return found(of(surface, *blocks), surface)
