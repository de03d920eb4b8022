"""The Web API's methods, by name."""

from playground.slack.call import Method
from playground.slack.methods import (
    basics,
    bookmarks,
    canvases,
    chat,
    conversations,
    files,
    history,
    membership,
    reactions_pins,
    scheduled,
    usergroups,
    users,
    views,
)

MODULES = (
    basics,
    bookmarks,
    canvases,
    chat,
    conversations,
    files,
    history,
    membership,
    reactions_pins,
    scheduled,
    usergroups,
    users,
    views,
)
METHODS: dict[str, Method] = {name: method for module in MODULES for name, method in module.METHODS.items()}
