"""What can't be done with an application."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError, NotAllowed


class AlreadySells(Conflict):
    code = "already_sells"
    message = _l("您已经是一家合作社的成员，一个账户只能为一家合作社供货。")


class InReview(Conflict):
    code = "in_review"
    message = _l("申请已经提交，现在不能修改。要改，请先撤回。")


class NotInReview(Conflict):
    code = "not_in_review"
    message = _l("这份申请现在不在审核中，请刷新后再看。")


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    message = _l("您看的这一版已经改过了，请重新看一遍再决定。")


class Incomplete(DomainError):
    code = "incomplete"
    message = _l("还有没填完的内容，补齐以后才能提交。")


class MayNotSign(NotAllowed):
    code = "may_not_sign"
    message = _l("只有所在镇的镇政府和驻镇工作队可以签字或退回。")


class OwnApplication(NotAllowed):
    code = "own_application"
    message = _l("不能给自己的申请签字。")


class SignedAlready(Conflict):
    code = "signed_already"
    message = _l("您已经给这一版签过字。双签要由两个人分别完成。")


class BodySigned(Conflict):
    code = "body_signed"
    message = _l("您所在的单位已经有人签过字，等另一方签字。")


class TooManyPapers(DomainError):
    code = "too_many_papers"
    message = _l("已经够多了，请先删掉不用的。")


class LastPaper(Conflict):
    code = "last_paper"
    message = _l("至少要留一项，可以直接修改它。")
