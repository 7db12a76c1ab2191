"""What can't be done with a re-check."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError, NotAllowed


class NothingToConfirm(Conflict):
    code = "nothing_to_confirm"
    message = _l("现在没有要您确认的复核：可能还没到时间，或者已经提交。")


class NotWaiting(Conflict):
    code = "recheck_not_waiting"
    message = _l("这次复核现在不在等签字，请刷新后再看。")


class OwnCooperative(NotAllowed):
    code = "own_cooperative"
    message = _l("您是这家合作社的成员，不能给它的复核签字。")


class LicencesLapsed(DomainError):
    code = "licences_lapsed"
    message = _l("有证照已经过期。请先在“证照”里换新证，登记以后再确认。")
