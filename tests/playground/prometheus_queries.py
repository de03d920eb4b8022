"""Queries: what people write, what dashboards write, what is wrong, and what nobody would think of."""

from random import Random

QUERIES = [
    # plain
    "1",
    "-2 ^ 2",
    "2 ^ 3 ^ 2",
    "1 + 2 * 3 - 4 / 5 % 3",
    "1 / 0",
    "0 / 0",
    "-1 % 0",
    "0x1F + .5 + 1e3",
    "1 == bool 1",
    "-Inf",
    '"text"',
    "time()",
    # selectors
    "http_requests_total",
    "temperature{}",
    'http_requests_total{code="500"}',
    'http_requests_total{code!="500",pod=~"api-7.*"}',
    'http_requests_total{code!~"5..|4.."}',
    '{__name__=~"http_requests_.*",pod="api-7c9-a"}',
    'http_requests_total{nothing=""}',
    'http_requests_total{pod=~""}',
    "temperature{room='attic'}",
    'temperature{room="a \\"quoted\\"\\\\back\\nslash ü"}',
    "temperature{room=`attic`,} # a comment",
    "once",
    "once offset 5m",
    "once offset -1m",
    "temperature offset 2m30s",
    "strange",
    "nothing",
    # over ranges
    "temperature[1m]",
    "rate(http_requests_total[1m])",
    "rate(http_requests_total[30s] offset 1m)",
    "irate(http_requests_total[45s])",
    "increase(http_requests_total[5m])",
    "rate(http_requests_total[4s])",
    "delta(temperature[2m])",
    "avg_over_time(temperature[2m])",
    "sum_over_time(temperature[2m])",
    "min_over_time(strange[3m])",
    "max_over_time(strange[3m])",
    "count_over_time(temperature[2m])",
    "last_over_time(temperature[2m])",
    "rate(once[10m])",
    # aggregations
    "sum(rate(http_requests_total[1m]))",
    "sum by (code) (rate(http_requests_total[1m]))",
    "sum(rate(http_requests_total[1m])) without (pod, namespace)",
    "avg by (pod) (http_requests_total)",
    "min(temperature)",
    "max by (room) (temperature)",
    "count(http_requests_total) by (code, pod)",
    "group by (pod) (http_requests_total)",
    "topk(2, http_requests_total)",
    "bottomk by (code) (1, http_requests_total)",
    "topk(0, temperature)",
    "quantile(0.9, temperature)",
    "quantile(1.5, temperature)",
    "sum(strange)",
    "max(strange)",
    "avg(nothing)",
    "SUM BY (code) (http_requests_total)",
    # histograms
    "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[2m])))",
    "histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[1m]))",
    "histogram_quantile(0.999, sum by (le, pod) (increase(http_request_duration_seconds_bucket[5m])))",
    "histogram_quantile(1, http_request_duration_seconds_bucket)",
    "histogram_quantile(0, http_request_duration_seconds_bucket)",
    "histogram_quantile(2, http_request_duration_seconds_bucket)",
    'histogram_quantile(0.9, http_request_duration_seconds_bucket{le!="+Inf"})',
    "histogram_quantile(0.9, http_requests_total)",
    "sum(rate(http_request_duration_seconds_sum[2m])) / sum(rate(http_request_duration_seconds_count[2m]))",
    # functions
    "abs(temperature)",
    "ceil(temperature) + floor(temperature)",
    "round(temperature)",
    "round(temperature, 0.5)",
    "ln(temperature)",
    "sqrt(temperature)",
    "clamp_min(temperature, 0)",
    "clamp_max(strange, 1)",
    "clamp(temperature, -5, 5)",
    "absent(temperature)",
    "absent(nothing)",
    'absent(nothing{pod="a",code=~"5.."})',
    "absent(sum(nothing))",
    "scalar(once)",
    "scalar(temperature)",
    "vector(3)",
    "vector(scalar(once)) + 1",
    "sort(temperature)",
    "sort_desc(temperature)",
    # two sides
    "temperature + 1",
    "2 * -temperature",
    "10 - temperature > 3",
    "temperature > 0",
    "0 < temperature",
    "temperature > bool 0",
    "temperature == temperature",
    "strange != strange",
    "http_requests_total / http_requests_total",
    "temperature % 7 ^ 2",
    "http_requests_total and on (pod) pod_info{version='v1.2'}",
    "http_requests_total unless on (pod) pod_info{version='v1.2'}",
    "once or temperature",
    "http_requests_total * on (pod) group_left (version) pod_info",
    "pod_info * on (pod) group_right (version) http_requests_total",
    "http_requests_total > on (pod) group_left pod_info",
    'sum by (pod) (rate(http_requests_total{code=~"5.."}[1m])) / sum by (pod) (rate(http_requests_total[1m]))',
    'http_requests_total{code="500"} / ignoring (code) http_requests_total{code="200"}',
    'http_requests_total{code="500"} > ignoring (code) http_requests_total{code="200"} / 30',
    'http_requests_total{code="500"} > bool ignoring (code) http_requests_total{code="200"} / 30',
    'http_requests_total{code="500"} - on (pod, namespace) http_requests_total{code="200"}',
    'sum(rate(http_requests_total{code=~"5.."}[1m])) or vector(0)',
    "pod_info{version='v1.1'} * on (version) pod_info{version='v1.2', pod='x'} + on () pod_info",
    "sum by (version) (rate(http_requests_total[1m]) * on (pod) group_left (version) pod_info)",
]
ERRORS = [
    "",
    "sum(rate(",
    'up{a="b"',
    "up[5m",
    "up)",
    "up]",
    'foo("x")',
    "rate(up)",
    'up{a="}',
    "up == == 1",
    "1 == 2",
    "{}",
    '{a=""}',
    "up[5m] + 1",
    "sum by (a) up",
    "rate(up[5m], 1)",
    "up offset",
    "topk(up)",
    '"a" + 1',
    "up and 1",
    "up $ 3",
    "up up",
    "histogram_quantile(up, 1)",
    '-"a"',
    "rate(up[0s])",
    "a + bool b",
    "a == on(x) group_left() bool b",
    "a and on(x) group_left b",
    "sum(rate(up[5m])) by",
    "up offset 5m offset 3m",
    "up{a}",
    "up{a=5}",
    'up{a="b" c="d"}',
    "1 +",
    "5m",
    "rate(sum(up)[5m])",
    "scalar(1)",
    "vector(up)",
    "a == on(x) group_left(x) b",
    'sum("a")',
    "clamp_min(up)",
    'up{__name__="x"}',
    "time(1)",
    'rate({__name__=~"http_request_duration_seconds_(sum|count)"}[1m])',
    "pod_info + on (pod) http_requests_total",
    "http_requests_total + on (pod) pod_info",
    "http_requests_total * on (pod) group_left pod_info * on () group_left () pod_info",
]

_SELECTORS = (
    "http_requests_total",
    'http_requests_total{code="500"}',
    'http_requests_total{pod=~"api-7.*"}',
    "http_request_duration_seconds_count",
    "temperature",
    "strange",
    "pod_info",
    "once",
    "nothing",
)
_LABELS = ("pod", "code", "room", "version", "namespace")


def made_up(random: Random, depth: int = 3) -> str:
    """An instant vector or a number, of whatever comes along."""
    choice = random.random()
    if depth == 0 or choice < 0.15:
        offset = random.choice(("", "", " offset 20s", " offset 3m", " offset -1m"))
        return random.choice(_SELECTORS) + offset
    if choice < 0.35:
        function = random.choice(("rate", "increase", "irate", "delta", "max_over_time", "avg_over_time"))
        return f"{function}({random.choice(_SELECTORS)}[{random.choice(('17s', '1m', '5m', '11m'))}])"
    if choice < 0.55:
        word = random.choice(("sum", "avg", "min", "max", "count"))
        return f"{word} {random.choice(('by', 'without'))} ({_some(random)}) ({made_up(random, depth - 1)})"
    if choice < 0.65:
        return f"{random.choice(('abs', '-', 'sort'))}({made_up(random, depth - 1)})"
    left, right = made_up(random, depth - 1), made_up(random, depth - 1)
    if random.random() < 0.3:
        right = random.choice(("0", "1", "2.5", "1e3", "NaN"))
        return f"({left}) {random.choice(('+', '-', '*', '/', '%', '>', '<=', '== bool', '^'))} {right}"
    sign = random.choice(("+", "-", "*", "/", ">", "<", "!=", ">= bool", "and", "or", "unless"))
    matching = random.choice(("", f"on ({_some(random)})", f"ignoring ({_some(random)})"))
    grouped = matching and sign not in ("and", "or", "unless") and random.random() < 0.5
    group = f" {random.choice(('group_left', 'group_right'))} ()" if grouped else ""
    return f"({left}) {sign} {matching}{group} ({right})"


def _some(random: Random) -> str:
    return ", ".join(random.sample(_LABELS, random.randint(0, 3)))
