"""What the tests of whole processes share."""

import pytest

from tests.databases import kinds

# Asserts of the modules that tests share say as much as those of the tests.
pytest.register_assert_rewrite("tests.system.scenes", "tests.system.stumbling")

collect_ignore = [] if "postgresql" in kinds() else ["test_replicas.py"]
