"""One index of the demo's products for the tests that only read it."""

import pytest

from catalog.search.gateways.whoosh import WhooshIndex
from tests.unit.catalog.search import demo


@pytest.fixture(scope="session")
def demo_index(tmp_path_factory):
    """The demo's products. Don't change it."""
    return demo.fill(WhooshIndex(tmp_path_factory.mktemp("search")))


@pytest.fixture
def own_index(tmp_path):
    """The demo's products in an index that this test may change; it lies in ``tmp_path``."""
    return demo.fill(WhooshIndex(tmp_path))
