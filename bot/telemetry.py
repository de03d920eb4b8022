"""The figures at /metrics. Labels are bounded: methods, outcomes and states, never people or texts."""

from prometheus_client import Counter, Gauge, Histogram

ACK = Histogram(
    "quarterdeck_ack_seconds",
    "From a request's arrival to its acknowledgement",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
)
SLACK_CALLS = Counter("quarterdeck_slack_calls_total", "Calls of Slack's Web API", ["method", "outcome"])
RATE_LIMITED = Counter("quarterdeck_slack_rate_limited_total", "Answers 429 of Slack's Web API", ["method"])
REQUESTS = Counter("quarterdeck_requests_total", "What people typed and clicked", ["kind", "outcome"])
FLOWS = Gauge("quarterdeck_flows", "Durable flows by state", ["state"])
LOOP_LAG = Gauge("quarterdeck_loop_lag_seconds", "How late the event loop runs what is due")
UNSENT = Gauge("quarterdeck_unsent_messages", "Messages whose newest state Slack does not show yet")
METRICS_QUERIES = Counter("quarterdeck_metrics_queries_total", "Queries of the metrics backend", ["outcome"])
