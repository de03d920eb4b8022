"""The engine. It imports neither commands nor integrations: both are found by name."""
