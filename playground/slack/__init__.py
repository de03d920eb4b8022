"""A Slack workspace on loopback: Web API, Socket Mode or signed HTTP, people, and a control API to be them."""

from playground.slack.server import SlackWorkspace

__all__ = ["SlackWorkspace"]
