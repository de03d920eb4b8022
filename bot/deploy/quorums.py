"""Who has to say yes to a plan, who has, and who is asked again: the rules of approval with the people behind them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.approval.model import Tick, Vote
from bot.approval.rules import Voter, enough, missing
from bot.approval.timing import Due, Next, next_step
from bot.approval.views import approval_request, escalation, nag
from bot.approval.voters import voters
from bot.blocks import Message
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, State
from bot.deploy.views import what
from bot.errors import Unavailable
from bot.people.directory import People

Facts = Mapping[str, Voter]
DONE = {"": (), "nag": (Due.NAG,), "escalate": (Due.NAG, Due.ESCALATE)}  # what `Deploy.reminded` stands for


class Quorums:
    """Counts votes, and reminds those who have not voted."""

    def __init__(self, ledger: Ledger, people: People) -> None:
        self.ledger, self.people = ledger, people

    async def facts(self, deploy: Deploy, *more: str) -> Facts:
        """What counts of everybody who voted for the plan as it stands, and of `more`. Raises Unavailable."""
        async with self.ledger.store.reading() as rows:
            given = await self.ledger.votes(rows, deploy)
        return await voters(self.people, deploy.place, {*(vote.person for vote in given), *more})

    def enough(self, deploy: Deploy, votes: Sequence[Vote], facts: Facts) -> bool:
        """Whether the plan may go."""
        return enough(votes, deploy.how.quorum, deploy.plan, facts)

    async def mentions(self, deploy: Deploy, but: Collection[str] = ()) -> list[str]:
        """Those who may approve; nobody where Slack can't say: the request must stand all the same."""
        try:
            return await self.people.approver_mentions(deploy.place, but={deploy.requested_by, *but})
        except Unavailable:
            return []

    def request(self, deploy: Deploy, votes: Sequence[Vote], facts: Facts, pinged: Sequence[str]) -> Message:
        """The request in the thread, as it stands."""
        quorum, number = deploy.how.quorum, deploy.id
        assert number is not None, "it has been recorded"
        ticks = [Tick.model_validate(tick) for tick in deploy.ticked]
        left = missing(votes, quorum, deploy.plan, facts)
        return approval_request(
            what(deploy),
            number,
            deploy.plan,
            quorum,
            left,
            votes,
            deploy.expires_at,
            pinged,
            checklist=deploy.how.policy.checklist,
            ticks=ticks,
        )

    def next(self, deploy: Deploy, now: datetime) -> Next:
        """What a request that waits needs next, and when."""
        asked = deploy.planned_at or deploy.requested_at
        return next_step(deploy.how.quorum, asked, deploy.expires_at, now, DONE[deploy.reminded])

    async def remind(self, deploy: Deploy, epoch: int, now: datetime) -> None:
        """Remind, or ask others, if it is time and Slack can say whom."""
        due = self.next(deploy, now).due
        if due not in (Due.NAG, Due.ESCALATE):
            return
        assert deploy.id is not None
        async with self.ledger.store.reading() as rows:
            votes = await self.ledger.votes(rows, deploy)
        quorum, asked = deploy.how.quorum, deploy.planned_at or deploy.requested_at
        try:
            left = missing(votes, quorum, deploy.plan, await self.facts(deploy))
            others = await self.people.mentions(quorum.escalate_to) if due == Due.ESCALATE else []
        except Unavailable:
            return  # Slack can't say who is meant; it stays due, and is tried again soon
        if due == Due.NAG:
            pinged = await self.mentions(deploy, [vote.person for vote in votes])
            line = nag(what(deploy), left, pinged, deploy.expires_at)
        else:
            line = escalation(what(deploy), left, others, asked, deploy.expires_at)

        async def tell(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, f"{due}:{now.plan}", line, broadcast=due == Due.ESCALATE)

        values = {"reminded": str(due)}
        await self.ledger.change(deploy.id, [State.WAITING], f"{due}_reminded", values, epoch=epoch, also=tell)
