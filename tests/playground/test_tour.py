"""The tour, with the production bot in a process of its own: all of it happens, and what is printed can be read."""

import json
import re
from pathlib import Path

import pytest

from playground.client import Workspace
from playground.harness import Playground
from playground.tour import Tour, indented

STEPS = [{"weight": weight, "pause": "1s", "gate": "standard"} for weight in (5, 25, 50)]
QUICK = {
    "QUARTERDECK_ENV": "playground",
    "QUARTERDECK__SLACK__UPDATE_INTERVAL": "0.3s",
    "QUARTERDECK__DEPLOY__POLL": "0.2s",
    "QUARTERDECK__DEPLOY__SETTLE": "0.2s",
    "QUARTERDECK__STRATEGIES__CANARY__STEPS": json.dumps(STEPS),
}
ACTS = 8


@pytest.mark.timeout(180)
async def test_everything_happens_as_it_should_and_can_be_read(tmp_path: Path) -> None:
    printed: list[str] = []
    async with Playground(tmp_path, scale=10, versions=True, extra=QUICK) as playground:
        await playground.bot.start()
        async with Workspace(playground.slack.url) as workspace:
            await Tour(playground, workspace, printed.append).play()
    text = "\n".join(printed)
    assert len(re.findall(r"^== .* ==$", text, re.MULTILINE)) == ACTS
    for said in (
        "98 % sure",
        "*The service is back to normal.*",
        "33 % of the traffic (5 % asked)",
        "Nothing was done twice",
    ):
        assert said in text
    assert not re.search(r"<[!@#]|&(lt|gt|amp);", text), "Slack's own signs are not for people"


def test_what_is_shown_stands_beside_where() -> None:
    shown = indented("in the thread", "*Done:* all is &lt;well&gt;\n<@U0DANA>, <!subteam^S0APPROVE>")
    assert shown.splitlines() == [
        "    in the thread:     *Done:* all is <well>",
        "                       @U0DANA, @S0APPROVE",
    ]
