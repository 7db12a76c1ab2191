"""What others may want to know about an application."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ApplicationSubmitted:
    """Both bodies of its town can look at it now."""

    application_id: int
    at: datetime


@dataclass(frozen=True)
class ApplicationSigned:
    """One body signed; the other's signature is missing."""

    application_id: int
    at: datetime


@dataclass(frozen=True)
class ApplicationReturned:
    """It is the applicant's again, with reasons."""

    application_id: int
    at: datetime


@dataclass(frozen=True)
class ApplicationAdmitted:
    """Both have signed: the cooperative may sell."""

    application_id: int
    at: datetime
