"""Every view says who it is for. The marks are read, and enforced, by shop.accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a signed-in person may be here; one person can be several."""

    BUYER = "buyer"  # everybody who is signed in
    COOPERATIVE = "cooperative"  # who manages one
    PICKER = "picker"  # of a cooperative
    ACCOUNTANT = "accountant"  # of a cooperative
    FORMER = "former"  # manager or accountant of a cooperative that left: reads its statements
    DELEGATE = "delegate"  # an official who acts for a cooperative, at its desk
    OFFICIAL = "official"
    FINANCE = "finance"
    KEEPER = "keeper"  # of a pick-up point
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Audience:
    """Who may call a view: everyone, a caller that signs its requests, or some roles."""

    everyone: bool = False
    signed_caller: bool = False
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Personal:
    """What a view shows of other people's data: about what, which of its arguments names that (none
    for a list), and what of it, for the audit log. A view that shows it only when it is asked for
    says which parameter of its address names it."""

    subject: str
    argument: str
    what: str
    asked_as: str = ""


def public(view: View) -> View:
    """Anybody, signed in or not."""
    return _mark(view, Audience(everyone=True))


def signed_caller(view: View) -> View:
    """A machine that proves itself by a signature in the request, such as Stripe's webhook."""
    return _mark(view, Audience(everyone=True, signed_caller=True))


def allow(*roles: Role) -> Callable[[View], View]:
    """A signed-in person with any of these roles."""

    def mark(view: View) -> View:
        return _mark(view, Audience(roles=frozenset(roles)))

    return mark


def shows(
    what: str, subject: str, argument: str = "", *, asked_as: str = ""
) -> Callable[[View], View]:
    """The view shows other people's data. When an official, finance or an administrator looks, the
    audit log says so: one entry for each answer, whatever stands in it."""

    def mark(view: View) -> View:
        view._personal = Personal(subject, argument, what, asked_as)  # type: ignore[attr-defined]
        return view

    return mark


def personal_of(view: Callable[..., Any]) -> Personal | None:
    """What a view shows of other people's data."""
    return getattr(view, "_personal", None)


def audience_of(view: Callable[..., Any]) -> Audience | None:
    """Whom a view names, or None if it names nobody: such a view is never answered."""
    return getattr(view, "_audience", None)


def _mark(view: View, audience: Audience) -> View:
    view._audience = audience  # type: ignore[attr-defined]
    return view
