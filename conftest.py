"""The servers of the tests: see medianest_devstack.testing."""

pytest_plugins = ["medianest_devstack.testing"]
