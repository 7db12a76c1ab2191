import pytest

from shop.config import DEMO_ARRANGEMENT, DEMO_SECRET, Environment, MisconfiguredError, Settings

FIT = {
    "SHOP_SECRET_KEY": "k" * 40,
    "SHOP_SEALING_KEYS": "newest" * 6 + " " + "oldest" * 6,
    "SHOP_FINGERPRINT_KEY": "f" * 40,
    "DATABASE_URL": "postgresql://shop@db/shop",
    "SHOP_PUBLIC_URL": "https://shop.example",
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "MAIL_HOST": "mail.example",
    "MAIL_SENDER": "shop@shop.example",
}


def test_production_starts_with_everything_it_needs() -> None:
    settings = Settings.from_environment(FIT)
    assert settings.environment is Environment.PRODUCTION
    assert settings.database_url == "postgresql+psycopg://shop@db/shop"


def test_production_pays_nobody_until_it_is_told_under_which_arrangement() -> None:
    assert Settings.from_environment(FIT).payout_arrangement == ""
    under = {"SHOP_PAYOUT_ARRANGEMENT": "某某支付 合同 1"}
    assert Settings.from_environment(FIT | under).payout_arrangement == "某某支付 合同 1"
    with pytest.raises(MisconfiguredError):
        Settings.from_environment(FIT | {"SHOP_PAYOUT_ARRANGEMENT": DEMO_ARRANGEMENT})


def test_production_offers_bank_transfers_once_it_knows_the_account() -> None:
    account = {
        "SHOP_TRANSFER_ACCOUNT_NAME": "某某公司",
        "SHOP_TRANSFER_BANK": "某某银行",
        "SHOP_TRANSFER_ACCOUNT_NUMBER": "1",
    }
    assert not Settings.from_environment(FIT).takes_transfers
    assert not Settings.from_environment(FIT | account | {"SHOP_TRANSFER_BANK": ""}).takes_transfers
    assert Settings.from_environment(FIT | account).takes_transfers


@pytest.mark.parametrize("name", FIT)
def test_production_names_what_is_missing(name: str) -> None:
    with pytest.raises(MisconfiguredError) as refused:
        Settings.from_environment({**FIT, name: ""})
    assert refused.value.problems == [f"{name} is not set"]


def test_production_lists_all_problems_at_once() -> None:
    with pytest.raises(MisconfiguredError) as refused:
        Settings.from_environment({})
    assert len(refused.value.problems) == len(FIT)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SHOP_SECRET_KEY", f"{DEMO_SECRET}-and-longer", "SHOP_SECRET_KEY is a demo value"),
        ("SHOP_SECRET_KEY", "short", "SHOP_SECRET_KEY is shorter than 32 characters"),
        ("SHOP_SEALING_KEYS", f"{'k' * 40} {DEMO_SECRET}", "SHOP_SEALING_KEYS is a demo value"),
        (
            "SHOP_SEALING_KEYS",
            f"{'k' * 40} short",
            "SHOP_SEALING_KEYS has one that is shorter than 32 characters",
        ),
        ("SHOP_FINGERPRINT_KEY", f"{DEMO_SECRET}-2", "SHOP_FINGERPRINT_KEY is a demo value"),
        ("SHOP_FINGERPRINT_KEY", "x", "SHOP_FINGERPRINT_KEY is shorter than 32 characters"),
        ("STRIPE_SECRET_KEY", "sk_test_x", "STRIPE_SECRET_KEY is a test key"),
        ("STRIPE_ADDRESS", "http://127.0.0.1:1", "STRIPE_ADDRESS points at a sandbox"),
        ("SHOP_PUBLIC_URL", "http://shop", "SHOP_PUBLIC_URL must begin with https://"),
    ],
)
def test_production_refuses_what_belongs_to_the_demo(name: str, value: str, problem: str) -> None:
    with pytest.raises(MisconfiguredError) as refused:
        Settings.from_environment({**FIT, name: value})
    assert problem in refused.value.problems


@pytest.mark.parametrize(
    "environ",
    [
        {"SHOP_ENVIRONMENT": "staging"},
        {**FIT, "SHOP_BEHIND_PROXIES": "two"},
        {**FIT, "SHOP_TRANSFER_DAYS": "0"},
        {**FIT, "SHOP_TRANSFER_DAYS": "9" * 5000},
    ],
)
def test_a_setting_that_makes_no_sense_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(MisconfiguredError) as refused:
        Settings.from_environment(environ)
    assert len(refused.value.problems) == 1


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    printed = repr(Settings.from_environment(FIT))
    assert not {"sk_live_x", "newest" * 6, "f" * 40} & set(printed.replace("'", " ").split())
