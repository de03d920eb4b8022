"""PromQL, the part that people's queries need, as Prometheus 2 answers it.

Known: selectors with =, !=, =~, !~, ranges, offset; arithmetic, comparison with bool, and, or, unless; on, ignoring,
group_left, group_right; the aggregations and functions that `functions` and `aggregation` list. Not known: subqueries,
@, native histograms.
"""
