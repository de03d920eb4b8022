"""The parts of GitHub's history. Nobody but `integrations.sources.github` imports them."""
