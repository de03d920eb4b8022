"""All tables, in one place, so that the metadata is whole."""

from bot.approval.model import Review, Vote
from bot.audit import AuditEntry
from bot.deploy.model import Deploy, Quarantine
from bot.inbox import Request
from bot.lock.model import Freeze, Lock
from bot.post import Post

TABLES = (AuditEntry, Deploy, Freeze, Lock, Post, Quarantine, Request, Review, Vote)
