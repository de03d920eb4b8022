"""All tables, in one place, so that the metadata is whole."""

from bot.approval.model import Vote
from bot.audit import AuditEntry
from bot.deploy.model import Deploy
from bot.inbox import Request
from bot.lock.model import Lock
from bot.post import Post

TABLES = (AuditEntry, Deploy, Lock, Post, Request, Vote)
