"""What can't be done with programmes, awards and pledges."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError, NotAllowed


class TownsOnlyRead(NotAllowed):
    code = "towns_only_read"
    message = _l("奖补和结对由县工作组或以上的人办理，镇里可以查看。")


class OutsideYourPlaces(NotAllowed):
    code = "programme_outside_scope"
    message = _l("只能为您负责的地方办理。")


class NameTaken(Conflict):
    code = "programme_name_taken"
    message = _l("这一年已经有同名的奖补项目。")


class BeyondTheYear(DomainError):
    code = "beyond_the_year"
    message = _l("各项目预算之和超过了当年的奖补总额。")


class BeyondTheBudget(DomainError):
    code = "beyond_the_budget"
    message = _l("超过了项目余下的预算。")


class BeyondTheAward(DomainError):
    code = "beyond_the_award"
    message = _l("冲减不能超过这笔奖补余下的金额。")


class NotInTheProgramme(DomainError):
    code = "cooperative_not_in_programme"
    message = _l("这家合作社不在项目范围内。")


class SecondPersonNeeded(NotAllowed):
    code = "award_needs_another"
    message = _l("奖补要由提出的人以外的另一个人确认。")


class AlreadyDecided(Conflict):
    code = "award_already_decided"
    message = _l("这笔奖补刚刚有人办过。")


class UnknownEnterprise(DomainError):
    code = "unknown_enterprise"
    message = _l("没有找到这家企业：请按登记的名称或统一社会信用代码填写。")


class PledgedMeanwhile(Conflict):
    code = "pledged_meanwhile"
    message = _l("这份承诺刚刚有人改过，请看过再改。")
