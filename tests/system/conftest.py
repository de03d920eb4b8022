"""Asserts of the modules that tests share say as much as those of the tests."""

import pytest

pytest.register_assert_rewrite("tests.system.scenes")
