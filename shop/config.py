"""Settings, read once from the environment. Production refuses to start on a weak one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECRET = "demo-only-secret-never-in-production"
# As long as any session lasts: whoever wants no idle timeout.
MOST_IDLE_MINUTES = 30 * 24 * 60
DEMO_ARRANGEMENT = "演示安排（不动真钱）"


class Environment(StrEnum):
    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class MisconfiguredError(RuntimeError):
    """The shop refuses to start; ``problems`` lists what to mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The shop can't start with these settings:\n{lines}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between one installation and another."""

    environment: Environment = Environment.PRODUCTION
    secret_key: str = field(default="", repr=False)
    # What seals bank accounts and identity numbers: the newest first, older ones still unseal.
    sealing_keys: tuple[str, ...] = field(default=(), repr=False)
    # By which sealed texts are found again; it never changes.
    fingerprint_key: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)
    # Where uploads, the search index, the job queue and demo mail live.
    data_folder: Path = ROOT / "instance"
    public_url: str = ""
    behind_proxies: int = 0
    # Stripe; in demo and tests the base address is that of the local sandbox.
    stripe_secret_key: str = field(default="", repr=False)
    stripe_publishable_key: str = ""
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_address: str = ""
    # The bank account that enterprises may pay into; without all three nobody is offered it.
    transfer_account_name: str = ""
    transfer_bank: str = ""
    transfer_account_number: str = ""
    # How long an order waits for a bank transfer.
    transfer_days: int = 5
    # Prices that change by more percent within a week wait for an administrator.
    review_above_percent: int = 30
    # After how many minutes without a request officials, finance and administrators are signed out.
    idle_minutes: int = 30
    # How many days a town has to file a month, its county to review it, its city to confirm it.
    closing_town_days: int = 5
    closing_county_days: int = 3
    closing_city_days: int = 3
    # What there is for all award programmes of a year, in 万元.
    award_total_wan: int = 3_000
    # From where on something in the ledger is flagged: see orders.flags.rules.findings.
    flag_price_percent: int = 300
    flag_price_lines: int = 20
    flag_bulk_yuan: int = 5_000
    flag_refund_percent: int = 50
    flag_refund_days: int = 30
    flag_spike_days: int = 3
    flag_spike_percent: int = 400
    flag_spike_yuan: int = 10_000
    flag_harvest_percent: int = 10
    # The licensed payment arrangement under which sellers are paid; without it nobody is.
    payout_arrangement: str = ""
    mail_host: str = ""
    mail_port: int = 587
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_sender: str = ""
    # Shown in the footer; empty means a placeholder that says it is one.
    icp_number: str = ""
    security_record_number: str = ""
    complaint_phone: str = ""
    # Jobs run inside the caller instead of the worker: tests and the seed only.
    jobs_immediate: bool = False

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def is_demo(self) -> bool:
        return self.environment is Environment.DEMO

    @property
    def takes_transfers(self) -> bool:
        """Whether an enterprise can pay by bank transfer."""
        return bool(
            self.transfer_account_name and self.transfer_bank and self.transfer_account_number
        )

    @property
    def uploads_folder(self) -> Path:
        return self.data_folder / "uploads"

    @property
    def search_folder(self) -> Path:
        return self.data_folder / "search"

    @property
    def mail_folder(self) -> Path:
        return self.data_folder / "mail"

    @property
    def sms_folder(self) -> Path:
        return self.data_folder / "sms"

    @property
    def jobs_file(self) -> Path:
        return self.data_folder / "jobs.sqlite3"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read ``SHOP_*``, ``DATABASE_URL``, ``STRIPE_*`` and ``MAIL_*``.

        Raises MisconfiguredError with every problem at once.
        """
        name = environ.get("SHOP_ENVIRONMENT", Environment.PRODUCTION)
        if name not in set(Environment):
            raise MisconfiguredError([f"SHOP_ENVIRONMENT is {name!r}: use production or demo"])
        data_folder = Path(environ.get("SHOP_DATA", ROOT / "instance")).resolve()
        settings = cls(
            environment=Environment(name),
            secret_key=environ.get("SHOP_SECRET_KEY", ""),
            sealing_keys=tuple(environ.get("SHOP_SEALING_KEYS", "").split()),
            fingerprint_key=environ.get("SHOP_FINGERPRINT_KEY", ""),
            database_url=_with_driver(environ.get("DATABASE_URL", "")),
            data_folder=data_folder,
            public_url=environ.get("SHOP_PUBLIC_URL", "").rstrip("/"),
            behind_proxies=_whole_number(environ, "SHOP_BEHIND_PROXIES", 0),
            stripe_secret_key=environ.get("STRIPE_SECRET_KEY", ""),
            stripe_publishable_key=environ.get("STRIPE_PUBLISHABLE_KEY", ""),
            stripe_webhook_secret=environ.get("STRIPE_WEBHOOK_SECRET", ""),
            stripe_address=environ.get("STRIPE_ADDRESS", ""),
            transfer_account_name=environ.get("SHOP_TRANSFER_ACCOUNT_NAME", ""),
            transfer_bank=environ.get("SHOP_TRANSFER_BANK", ""),
            transfer_account_number=environ.get("SHOP_TRANSFER_ACCOUNT_NUMBER", ""),
            transfer_days=_days(environ, "SHOP_TRANSFER_DAYS", 5),
            review_above_percent=_whole_number(
                environ, "SHOP_REVIEW_ABOVE_PERCENT", 30, minimum=1, maximum=1000
            ),
            idle_minutes=_whole_number(
                environ, "SHOP_IDLE_MINUTES", 30, minimum=5, maximum=MOST_IDLE_MINUTES
            ),
            closing_town_days=_days(environ, "SHOP_CLOSING_TOWN_DAYS", 5),
            closing_county_days=_days(environ, "SHOP_CLOSING_COUNTY_DAYS", 3),
            closing_city_days=_days(environ, "SHOP_CLOSING_CITY_DAYS", 3),
            award_total_wan=_whole_number(environ, "SHOP_AWARD_TOTAL_WAN", 3_000, maximum=999_999),
            **_flag_limits(environ),
            payout_arrangement=environ.get("SHOP_PAYOUT_ARRANGEMENT", "").strip()[:120],
            mail_host=environ.get("MAIL_HOST", ""),
            mail_port=_whole_number(environ, "MAIL_PORT", 587),
            mail_user=environ.get("MAIL_USER", ""),
            mail_password=environ.get("MAIL_PASSWORD", ""),
            mail_sender=environ.get("MAIL_SENDER", ""),
            icp_number=environ.get("SHOP_ICP_NUMBER", ""),
            security_record_number=environ.get("SHOP_SECURITY_RECORD_NUMBER", ""),
            complaint_phone=environ.get("SHOP_COMPLAINT_PHONE", ""),
        )
        if settings.is_production:
            settings.require_fit_for_production()
        return settings

    @classmethod
    def for_demo(cls, data_folder: Path, port: int, sandbox_port: int) -> dict[str, str]:
        """The environment of a demo on this machine, for the process manager to pass on."""
        return {
            "SHOP_ENVIRONMENT": Environment.DEMO,
            "SHOP_SECRET_KEY": DEMO_SECRET,
            "SHOP_SEALING_KEYS": DEMO_SECRET,
            "SHOP_FINGERPRINT_KEY": DEMO_SECRET,
            "SHOP_DATA": str(data_folder),
            "DATABASE_URL": f"sqlite:///{data_folder / 'shop.sqlite3'}",
            "SHOP_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "STRIPE_SECRET_KEY": f"sk_test_{DEMO_SECRET}",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{DEMO_SECRET}",
            "STRIPE_ADDRESS": f"http://127.0.0.1:{sandbox_port}",
            "SHOP_TRANSFER_ACCOUNT_NAME": "菜篮子（演示，请勿汇款）",
            "SHOP_TRANSFER_BANK": "演示银行珠海分行",
            "SHOP_TRANSFER_ACCOUNT_NUMBER": "DEMO 0000 0000 0000",
            "SHOP_PAYOUT_ARRANGEMENT": DEMO_ARRANGEMENT,
            "MAIL_SENDER": "菜篮子 <shop@cailanzi.example>",
        }

    def require_fit_for_production(self) -> None:
        """Raise MisconfiguredError listing what is missing or belongs to the demo."""
        needed = {
            "SHOP_SECRET_KEY": self.secret_key,
            "SHOP_SEALING_KEYS": " ".join(self.sealing_keys),
            "SHOP_FINGERPRINT_KEY": self.fingerprint_key,
            "DATABASE_URL": self.database_url,
            "SHOP_PUBLIC_URL": self.public_url,
            "STRIPE_SECRET_KEY": self.stripe_secret_key,
            "STRIPE_PUBLISHABLE_KEY": self.stripe_publishable_key,
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
            "MAIL_HOST": self.mail_host,
            "MAIL_SENDER": self.mail_sender,
        }
        problems = [f"{name} is not set" for name, value in needed.items() if not value]
        problems += [f"{name} is a demo value" for name, v in needed.items() if DEMO_SECRET in v]
        if self.payout_arrangement == DEMO_ARRANGEMENT:
            problems.append("SHOP_PAYOUT_ARRANGEMENT is a demo value")
        if self.secret_key and len(self.secret_key) < 32:
            problems.append("SHOP_SECRET_KEY is shorter than 32 characters")
        if any(len(key) < 32 for key in self.sealing_keys):
            problems.append("SHOP_SEALING_KEYS has one that is shorter than 32 characters")
        if self.fingerprint_key and len(self.fingerprint_key) < 32:
            problems.append("SHOP_FINGERPRINT_KEY is shorter than 32 characters")
        if self.stripe_address:
            problems.append("STRIPE_ADDRESS points at a sandbox")
        if self.stripe_secret_key.startswith("sk_test_"):
            problems.append("STRIPE_SECRET_KEY is a test key")
        if self.public_url and not self.public_url.startswith("https://"):
            problems.append("SHOP_PUBLIC_URL must begin with https://")
        if problems:
            raise MisconfiguredError(problems)


def _with_driver(url: str) -> str:
    """Name psycopg 3 in a plain PostgreSQL address."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _flag_limits(environ: Mapping[str, str]) -> dict[str, Any]:
    """Shares and multiples in percent; a multiple of the usual below twice is the usual."""
    bounds = {
        "price_percent": (300, 200, 60_000),
        "price_lines": (20, 3, 10_000),
        "bulk_yuan": (5_000, 1, 999_999),
        "refund_percent": (50, 1, 100),
        "refund_days": (30, 1, 365),
        "spike_days": (3, 1, 10),
        "spike_percent": (400, 200, 60_000),
        "spike_yuan": (10_000, 1, 999_999),
        "harvest_percent": (10, 0, 1_000),
    }
    return {
        f"flag_{name}": _whole_number(
            environ, f"SHOP_FLAG_{name.upper()}", usual, minimum=least, maximum=most
        )
        for name, (usual, least, most) in bounds.items()
    }


def _days(environ: Mapping[str, str], name: str, default: int) -> int:
    return _whole_number(environ, name, default, minimum=1, maximum=60)


def _whole_number(
    environ: Mapping[str, str], name: str, default: int, *, minimum: int = 0, maximum: int = 65_535
) -> int:
    value = environ.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and minimum <= int(value[:6]) <= maximum):
        problem = f"{name} is {value!r}: use a whole number from {minimum} to {maximum}"
        raise MisconfiguredError([problem])
    return int(value)
