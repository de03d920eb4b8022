"""What `make bench` wrote is complete, and the page says what the file for machines says."""

from benchmarks.figures import PAGE, read, table

REQUIRED = {
    "cpu_ratio_vs_bare_bolt",
    "ack_p99_ms_50_in_flight",
    "start_to_ready_s",
    "rss_after_start_mb",
    "idle_cpu_percent_200_flows",
    "judge_us_per_verdict",
    "canary_false_pass_percent",
    "canary_false_alarm_percent",
    "bad_sample_to_stable_s",
}


def test_every_figure_is_there() -> None:
    assert read().keys() >= REQUIRED


def test_the_page_shows_the_same_figures() -> None:
    assert table(read()) in PAGE.read_text()
