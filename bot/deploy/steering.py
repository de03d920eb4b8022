"""The buttons on a deploy's card: what can be done about it now. Pure."""

from bot.blocks import Block, actions, button, clip, code, confirm, escape
from bot.deploy.model import Deploy, State
from bot.deploy.words import after_step, old, short, spoken, step_of


def buttons(deploy: Deploy, newest: bool) -> list[Block]:
    """At most one row. `newest`: nothing has been deployed there since, so that it can be rolled back."""
    if deploy.aborted_by:
        return []
    match State(deploy.state):
        case State.PLANNED | State.QUEUED | State.WAITING | State.SCHEDULED:
            return [actions(button("Cancel", "deploy:cancel", str(deploy.id)))]
        case State.RUNNING:
            shown = _running(deploy)
            return [actions(*shown)] if shown else []
        case State.WATCHING:
            return [actions(_roll_back(deploy, f"{old(deploy)} comes back"))] if deploy.ran else []
        case State.SUCCEEDED if newest:
            shown = [_call_good(deploy)] if deploy.whole_at and not deploy.good_at else []
            shown += [_roll_back(deploy, f"{old(deploy)}, which ran before, comes back")] if deploy.ran else []
            return [actions(*shown)] if shown else []
        case _:
            return []


def ways_back(deploy: Deploy, down: bool) -> list[Block]:
    """What may become of a migrated database when the new version must not stay; `down`: it can be undone."""
    value, ran = str(deploy.id), old(deploy)
    keep = confirm("Keep the migration?", f"{ran} comes back and must live with it.", "Go back", danger=True)
    undo = confirm(
        "Undo the migration?", f"It is undone first, then {ran} comes back.", "Undo and go back", danger=True
    )
    shown = [button("Undo it and go back", "deploy:down", value, style="danger", confirm=undo)] if down else []
    return [actions(*shown, button("Keep it and go back", "deploy:abort", value, style="danger", confirm=keep))]


def _running(deploy: Deploy) -> list[Block]:
    value, step = str(deploy.id), step_of(deploy)
    shown = []
    if step and deploy.after:
        if deploy.paused_by:
            shown.append(button("Resume", "deploy:resume", value))
        else:
            shown.append(button("Pause", "deploy:pause", value))
        if deploy.promoted < deploy.step and (deploy.paused_by or step.manual or step.gate or step.pause):
            shown.insert(0, _promote(deploy))
    if deploy.ran:
        ask = confirm(
            "Abort and go back?", f"{_name(deploy)} is stopped and {old(deploy)} comes back.", "Abort", danger=True
        )
        shown.append(button("Abort and go back", "deploy:abort", value, style="danger", confirm=ask))
    return shown


def _promote(deploy: Deploy) -> Block:
    """The step that is meant goes along: a click on an old card must not skip a later one."""
    step, then = step_of(deploy), after_step(deploy)
    assert step is not None, "only a step can be promoted"
    skipped = [f"the gate {code(step.gate)}"] if step.gate else []
    skipped += [f"what is left of {spoken(step.pause.total_seconds())}"] if step.pause else []
    without = f" without waiting for {' and '.join(skipped)}" if skipped else ""
    ask = confirm("Promote?", f"{_name(deploy)} goes on to {then}{without}.", "Promote")
    style = "primary" if step.manual else ""
    return button("Promote", "deploy:promote", f"{deploy.id}:{deploy.step}", style=style, confirm=ask)


def _roll_back(deploy: Deploy, comes: str) -> Block:
    ask = confirm("Roll back?", f"{comes} in place of {_name(deploy)}.", "Roll back", danger=True)
    return button("Roll back", "deploy:rollback", str(deploy.id), style="danger", confirm=ask)


def _call_good(deploy: Deploy) -> Block:
    ask = confirm("Known good?", f"A rollback may then go back to {_name(deploy)}.", "It is good")
    return button("Call it good", "deploy:good", str(deploy.id), confirm=ask)


def _name(deploy: Deploy) -> str:
    service, version, environment = (
        escape(clip(part, 60)) for part in (deploy.service, short(deploy.version), deploy.environment)
    )
    return f"{service} {version} in {environment}"
