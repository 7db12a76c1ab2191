"""Where an application stands, what it lacks, and who is next. Moments are aware UTC."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext

from shop.accounts.people.models import Appointment, Body, ScopeLevel
from suppliers.verification.models import (
    Application,
    ApplicationReturn,
    ApplicationState,
    Document,
    DocumentKind,
    SignOff,
    Step,
)

# Whose signatures an application needs, in the order in which they are shown.
SIGNERS = (Body.TOWN_GOVERNMENT, Body.TOWN_TEAM)
STEPS = tuple(Step)
MOST_DOCUMENTS = 8
MOST_PRODUCTS = 6

_NO_DIGIT = re.compile(r"[\s\u2010-\u2015-]+")
_ACCOUNT_NUMBER = re.compile(r"[0-9]{8,28}")
_MOODS = {
    ApplicationState.DRAFT: "note",
    ApplicationState.RETURNED: "bad",
    ApplicationState.ADMITTED: "good",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One step of an application's story; ``state`` is done, now, next or failed."""

    title: str
    state: str
    at: datetime | None = None
    text: str = ""


def state_of(application: Application) -> ApplicationState:
    if application.admitted_at is not None:
        return ApplicationState.ADMITTED
    if application.submitted_at is not None:
        signed = bool(application.valid_sign_offs)
        return ApplicationState.HALF_SIGNED if signed else ApplicationState.SUBMITTED
    return ApplicationState.RETURNED if open_return(application) else ApplicationState.DRAFT


def mood_of(state: ApplicationState) -> str:
    """How the word is coloured: good, wait, bad or note."""
    return _MOODS.get(state, "wait")


def since(application: Application) -> datetime:
    """Since when it stands where it stands."""
    state = state_of(application)
    returned = open_return(application)
    if state is ApplicationState.RETURNED and returned:
        return returned.at
    if state is ApplicationState.HALF_SIGNED:
        return application.valid_sign_offs[0].at
    return application.admitted_at or application.submitted_at or application.created_at


def open_return(application: Application) -> ApplicationReturn | None:
    """The return that the applicant has not answered with a new submission yet."""
    if application.submitted_at is not None or not application.returns:
        return None
    last = application.returns[-1]
    return last if last.version == application.submissions[-1].version else None


def is_unchanged(application: Application, returned: ApplicationReturn) -> bool:
    """Whether nothing was mended yet: going back is itself one version."""
    return application.version == returned.version + 1


def waits_for(application: Application) -> list[Body]:
    """The bodies whose signatures are missing while it is in review."""
    if application.submitted_at is None or application.admitted_at is not None:
        return []
    signed = {sign_off.body for sign_off in application.valid_sign_offs}
    return [body for body in SIGNERS if body not in signed]


def body_for(appointment: Appointment | None, town_code: str | None) -> Body | None:
    """For which of a town's two bodies an official may sign there; None if for neither."""
    if appointment is None or appointment.scope_level is not ScopeLevel.TOWN:
        return None
    return appointment.body if appointment.scope_code == town_code else None


def missing(application: Application, today: date) -> dict[Step, list[str]]:
    """What is still to be filled in, by step; only steps that lack something."""
    lacks = {
        Step.COOPERATIVE: _blank(
            (application.name, gettext("合作社全称")),
            (application.credit_code, gettext("统一社会信用代码")),
        ),
        Step.CONTACT: _blank(
            (application.town_code, gettext("所在镇")),
            (application.contact, gettext("联系人")),
            (application.phone, gettext("电话")),
        ),
        Step.DOCUMENTS: _lacking_documents(application.documents, today),
        Step.BANK_ACCOUNT: [] if application.bank_account else [gettext("收款账户")],
        Step.PRODUCTS: [] if _named(application) else [gettext("至少一样样品")],
    }
    return {step: what for step, what in lacks.items() if what}


def next_step(step: Step) -> Step | None:
    """The screen after this one; None after the last."""
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else None


def canonical_account_number(text: str) -> str | None:
    """The digits of a bank account however they were typed, or None if that is no account."""
    plain = _NO_DIGIT.sub("", unicodedata.normalize("NFKC", text))
    return plain if _ACCOUNT_NUMBER.fullmatch(plain) else None


def story(application: Application) -> list[Told]:
    """What was done about an application, and who is next."""
    done = [(s.at, 0, Told(gettext("提交申请"), "done", s.at)) for s in application.submissions]
    done += [(s.at, 1, _signed(s, application)) for s in application.sign_offs]
    done += [(r.at, 1, _returned(r)) for r in application.returns]
    told = [each for _, _, each in sorted(done, key=lambda each: each[:2])]
    begun = Told(gettext("开始填写"), "done", application.created_at)
    return [begun, *told, *_next(application)]


def _blank(*named: tuple[str | None, str]) -> list[str]:
    return [name for value, name in named if not value]


def _lacking_documents(documents: Sequence[Document], today: date) -> list[str]:
    lacks = []
    if not any(d.kind is DocumentKind.BUSINESS_LICENCE for d in documents):
        lacks.append(str(DocumentKind.BUSINESS_LICENCE.label))
    for document in documents:
        if not document.is_complete:
            lacks.append(gettext("%(paper)s的号码、有效期或照片", paper=document.kind.label))
        elif document.expires_on is not None and document.expires_on < today:
            lacks.append(gettext("%(paper)s已经过期", paper=document.kind.label))
    return lacks


def _named(application: Application) -> bool:
    return bool(application.products) and all(product.name for product in application.products)


def _signed(sign_off: SignOff, application: Application) -> Told:
    title = gettext("%(body)s签字", body=sign_off.body.label)
    if sign_off.version != application.version:
        return Told(title, "failed", sign_off.at, gettext("后来又改过，这个签字已失效。"))
    return Told(title, "done", sign_off.at, sign_off.note)


def _returned(given_back: ApplicationReturn) -> Told:
    title = gettext("%(body)s退回修改", body=given_back.body.label)
    reasons = " ".join(given_back.reasons.values())
    return Told(title, "failed", given_back.at, reasons)


def _next(application: Application) -> list[Told]:
    if application.admitted_at is not None:
        return [Told(gettext("准入，可以上架销售"), "done", application.admitted_at)]
    if application.submitted_at is None:
        title = (
            gettext("请您修改后再提交") if open_return(application) else gettext("请您填完并提交")
        )
        return [Told(title, "now")]
    wanted = [Told(gettext("等%(body)s签字", body=b.label), "now") for b in waits_for(application)]
    return [*wanted, Told(gettext("双签完成后准入"), "next")]
