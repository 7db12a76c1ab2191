"""What can go wrong with batches, their certificates and what is picked from them."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class NotHarvestedYet(DomainError):
    code = "not_harvested_yet"
    message = _l("采收日期不能晚于今天。")


class LessThanSent(Conflict):
    """A batch can't be smaller than what was sent of it."""

    code = "less_than_sent"

    def __init__(self, sent_kg: str) -> None:
        super().__init__(_l("这个批次已经发出 %(kg)s 公斤，重量不能比这更少。", kg=sent_kg))


class BatchRecalled(Conflict):
    """Nothing more can be done with what was called back."""

    code = "batch_recalled"
    message = _l("这个批次已经召回，不能再开合格证、入库或更改。")


class NoContact(DomainError):
    """A certificate without a responsible party's contact is none."""

    code = "no_contact"
    message = _l("合格证上要有联系方式：请先补上合作社的电话。")


class BatchMissing(Conflict):
    """Goods of a covered category may leave only from a certified batch."""

    code = "batch_missing"

    def __init__(self, name: str, missing: int, unit: str) -> None:
        self.missing = missing
        super().__init__(
            _l(
                "“%(name)s”还有 %(missing)s %(unit)s没有可用的批次，不能发货。"
                "请先在“批次”里登记采收，并开具承诺达标合格证。",
                name=name,
                missing=missing,
                unit=unit,
            )
        )


class BatchNotUsable(Conflict):
    """The batch that was chosen can't give so many units."""

    code = "batch_not_usable"

    def __init__(self, name: str, code: str = "") -> None:
        super().__init__(
            _l(
                "“%(name)s”选的批次%(code)s现在不能用：可能不够、已召回或还没有合格证。请换一个。",
                name=name,
                code=f" {code} " if code else "",
            )
        )


class NotAReport(DomainError):
    """What was uploaded is no photo and no PDF that can be shown without harm."""

    code = "not_a_report"
    message = _l("检测报告要是照片（JPG、PNG、WebP）或 PDF。")


class UnsafeReport(NotAReport):
    code = "unsafe_report"
    message = _l("这个 PDF 带有程序、附件或密码，不能上传。请另存为普通 PDF，或拍一张照片。")


class ReportTooLarge(NotAReport):
    code = "report_too_large"
    message = _l("PDF 最大 5 MB。请另存为小一些的文件，或拍一张照片。")
