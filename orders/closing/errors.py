"""What can't be done with a month file."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError, NotAllowed


class MonthNotOver(DomainError):
    code = "month_not_over"
    message = _l("这个月还没有结束，次月 1 日凌晨 1 点起可以上报。")


class MovedMeanwhile(Conflict):
    """Somebody took a step since the page was opened."""

    code = "month_moved_meanwhile"

    def __init__(self, towns: str) -> None:
        super().__init__(
            _l("%(towns)s刚刚有人办过，状态已经变了：这次没有办理，请看过再办。", towns=towns)
        )


class NotYourTurn(NotAllowed):
    code = "not_your_turn"
    message = _l("这一步由镇填报、县工作组审核、驻市指挥部确认，您不在其中这一级。")


class CityHasItsOwn(NotAllowed):
    code = "city_has_its_own"
    message = _l("驻市指挥部有自己的干部，由他们确认；市局只在没有人时代办。")


class SamePerson(NotAllowed):
    """One person takes no two steps of one month file."""

    code = "same_person_twice"

    def __init__(self, towns: str) -> None:
        super().__init__(
            _l(
                "%(towns)s这个月的另一步是您办的：填报、审核、确认要由不同的人办，才算互相把关。",
                towns=towns,
            )
        )


class NothingChosen(DomainError):
    code = "nothing_chosen"
    message = _l("请先勾选要办的镇。")


class LinesDiffer(Conflict):
    """The ledger no longer holds what was filed: somebody went past the shop."""

    code = "month_lines_differ"

    def __init__(self, towns: str) -> None:
        super().__init__(
            _l("%(towns)s的台账和填报时留下的校验值不一致，不能锁定，请联系平台。", towns=towns)
        )
