"""The production bot without its pacing of Slack calls: 400 messages stand in seconds instead of seven minutes."""

from bot import slack_calls
from bot.__main__ import main

if __name__ == "__main__":
    slack_calls.PER_MINUTE.clear()
    slack_calls.DEFAULT_PER_MINUTE = 60_000
    main()
