"""What can go wrong with benefit reports."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class CodeTaken(DomainError):
    code = "household_code_taken"
    message = _l("这个户编号已经用了，请换一个。")


class AlreadyListed(DomainError):
    """The same person is the head of another household of this cooperative."""

    code = "household_already_listed"

    def __init__(self, household_code: str) -> None:
        self.household_code = household_code
        super().__init__(
            _l("这个人已经登记过，户编号是 %(code)s。同一户只登记一次。", code=household_code)
        )


class TooManyHouseholds(Conflict):
    code = "too_many_households"
    message = _l("登记的农户太多了，请联系平台。")


class LineTaken(DomainError):
    code = "benefit_line_taken"
    message = _l("这一户的这一项已经记过了，请改原来那条。")


class ChangedMeanwhile(Conflict):
    code = "benefit_draft_changed"
    message = _l("这份草稿刚刚有改动，请看一遍再提交。")


class NotOver(Conflict):
    code = "quarter_not_over"
    message = _l("这个季度还没有结束，现在只能保存草稿。")


class NotComplete(DomainError):
    """Some lines lack their amount or their months."""

    code = "benefit_lines_incomplete"

    def __init__(self, count: int) -> None:
        super().__init__(_l("还有 %(count)s 条没有填完金额或月份。", count=count))


class NoEvidence(DomainError):
    code = "benefit_without_evidence"
    message = _l("请先上传佐证材料，例如工资表、收购单或租金收条。")


class NoReason(DomainError):
    code = "correction_without_reason"
    message = _l("更正要写明原因。")


class NothingChanged(Conflict):
    code = "benefit_nothing_changed"
    message = _l("这份报告已经提交，之后没有改动。")


class NothingToCopy(Conflict):
    code = "benefit_nothing_to_copy"
    message = _l("上季度没有可以复制的农户，或者都已经在这份草稿里。")


class TooMuchEvidence(Conflict):
    code = "too_much_evidence"
    message = _l("佐证材料最多 12 份，请先删掉不用的。")
