"""Who is calling, and may they? Sessions, sign-in state and audiences for every request."""

from flask import Flask, current_app, flash, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import LoginManager, current_user
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.audit.services import act_for_oneself, act_under
from shop.accounts.disclosures import handlers as disclosures
from shop.accounts.mandates.errors import MandateOver
from shop.accounts.mandates.queries import find_in_force
from shop.accounts.people.models import OFFICES_WITH_TWO_FACTORS, Account
from shop.accounts.sessions.handlers import (
    DatabaseSessions,
    find_person,
    keep_typed,
    passed_two_factors,
)
from shop.config import Settings
from shop.web.audience import Role, audience_of
from shop.web.csrf import SAFE_METHODS, comes_from_elsewhere

# Where a session keeps the mandate under which its person acts for a cooperative.
MANDATE = "mandate"


def init_app(app: Flask, settings: Settings) -> None:
    app.session_interface = DatabaseSessions()
    manager = LoginManager(app)
    # The session's own key is secret enough; addresses change as phones move.
    manager.session_protection = None
    manager.user_loader(_find_person)
    app.before_request(_enforce_audience)
    app.after_request(_keep_out_of_caches)
    app.after_request(_end_acting)
    # Comes before the end of acting: what an official looks at on behalf says so.
    disclosures.init_app(app)
    app.teardown_request(lambda _: act_for_oneself())
    app.jinja_env.globals["may_open"] = may_open


def may_open(endpoint: str) -> bool:
    """Whether the page is for the person who is here: menus name only what opens."""
    audience = audience_of(current_app.view_functions[endpoint])
    if audience is None or audience.everyone:
        return audience is not None
    return current_user.is_authenticated and bool(audience.roles & current_user.roles)


def _find_person(account_id: str) -> Account | None:
    account = find_person(int(account_id))
    return account if account and account.is_active else None


def _enforce_audience() -> Response | None:
    """Answer only those whom the view names; a view that names nobody is never answered."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    audience = audience_of(current_app.view_functions[request.endpoint])
    if audience is None:
        raise Forbidden
    if not audience.signed_caller and comes_from_elsewhere(request):
        raise Forbidden
    if _ended_idle() is not None:
        minutes = current_app.config["SETTINGS"].idle_minutes
        said = gettext("%(minutes)s 分钟没有操作，已退出登录，请重新登录。", minutes=minutes)
        flash(said, "warning")
    if current_user.is_authenticated and current_user.needs_second_factor:
        # Also where everybody may come: some pages show more to those who hold an office.
        current_user.is_held_back = not passed_two_factors()
    if audience.everyone:
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if current_user.is_held_back and audience.roles & _roles_held_back():
        return _lead_to_second_factor()
    over = Role.DELEGATE in audience.roles and not _act_under_mandate()
    if not audience.roles & current_user.roles:
        raise MandateOver if over else Forbidden
    return None


def _ended_idle() -> Account | None:
    """Whose session ended with this very request, because there was none for too long."""
    ended: Account | None = session.was_of  # type: ignore[attr-defined]
    return ended


def _roles_held_back() -> frozenset[Role]:
    """What the person would be here, had they given a code."""
    return frozenset(
        Role(office.value) for office in current_user.offices & OFFICES_WITH_TWO_FACTORS
    )


def _act_under_mandate() -> bool:
    """On the pages of a cooperative's desk, act for the one whose mandate this session took up.

    It is looked up for each request, so that it ends at once with its last day, when it is taken
    back, with the office or with a suspension. False says that it has.
    """
    if MANDATE not in session:
        return True
    mandate = find_in_force(session[MANDATE], current_user.id, clock.day_of(clock.now()))
    if mandate is None:
        session.pop(MANDATE)
        return False
    current_user.acts_for = mandate.organisation
    act_under(mandate.id, current_user.id, request.endpoint or "")
    return True


def _keep_out_of_caches(response: Response) -> Response:
    """What is for one person must not come back by a Back button, stale or after they left."""
    view = current_app.view_functions.get(request.endpoint or "")
    audience = audience_of(view) if view else None
    if audience is not None and not audience.everyone:
        response.cache_control.no_store = True
    return response


def _end_acting(response: Response) -> Response:
    """What the house writes after the answer, such as the session, is nobody's act."""
    act_for_oneself()
    return response


def _lead_to_second_factor() -> Response:
    """Nothing of a desk opens before its person has set up a second factor."""
    if request.method not in SAFE_METHODS:
        return redirect(url_for("second_factor.show"), 303)
    if request.headers.get("HX-Request"):
        raise Forbidden
    return redirect(url_for("second_factor.show", next=request.full_path.rstrip("?")))


def _ask_to_sign_in() -> Response:
    if request.method not in SAFE_METHODS:
        person = _ended_idle()
        if person is not None and keep_typed(person, request):
            flash(gettext("您刚才填的还没有提交，登录后可以接着提交。"), "info")
            return redirect(url_for("sessions.new", next=url_for("sessions.show_kept")), 303)
        # What was being sent can't be repeated after sign-in; come back to where it was sent from.
        return redirect(url_for("sessions.new"), 303)
    if request.headers.get("HX-Request"):
        raise Unauthorized
    return redirect(url_for("sessions.new", next=request.full_path.rstrip("?")))
