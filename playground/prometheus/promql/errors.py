"""What can be wrong with a query, in Prometheus' own words."""


class BadQuery(Exception):
    """A query that can't be read: 400, bad_data. The text begins with line and column."""


class BadExecution(Exception):
    """A query that can be read and not answered: 422, execution."""
