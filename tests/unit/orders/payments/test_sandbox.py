"""The payment sandbox stands beside a demo, and nowhere else."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shop.config import Environment, Settings
from tests.conftest import demo_environment

with warnings.catch_warnings():
    # localstripe is older than the libraries it uses.
    warnings.simplefilter("ignore")
    from orders.payments.gateways import sandbox_server


@pytest.mark.parametrize(
    "changed",
    [
        {"environment": Environment.PRODUCTION},
        {"stripe_address": "https://api.stripe.com"},
        {"stripe_address": ""},
    ],
    ids=["production", "Stripe itself", "no address"],
)
def test_elsewhere_it_ends_before_it_listens(tmp_path: Path, changed: dict[str, Any]) -> None:
    demo = Settings.from_environment(demo_environment(tmp_path, "sqlite://"))
    with pytest.raises(SystemExit, match="The sandbox needs"):
        sandbox_server.serve(replace(demo, **changed))
