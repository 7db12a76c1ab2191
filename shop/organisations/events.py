"""What others may want to know about a cooperative."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CooperativeAdmitted:
    """It may sell from now on."""

    organisation_id: int
    at: datetime


@dataclass(frozen=True)
class CooperativeSuspended:
    """It may not sell until it is reinstated."""

    organisation_id: int
    at: datetime


@dataclass(frozen=True)
class LicencesChanged:
    """A licence ran out or came back, and with it what may be sold."""

    organisation_id: int
    at: datetime


@dataclass(frozen=True)
class CooperativeChanged:
    """Its name is another one, or something else than a licence stopped it or let it sell."""

    organisation_id: int
    at: datetime


@dataclass(frozen=True)
class CooperativeReinstated:
    """It may sell again."""

    organisation_id: int
    at: datetime
