"""What tests of orders share."""

import pytest


@pytest.fixture
def client(app):
    """A browser that leaves no context open: pytest-flask's own would share its person with every
    other client of the test."""
    return app.test_client()
