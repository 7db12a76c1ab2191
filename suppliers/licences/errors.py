"""What a cooperative may not sell without a licence."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class NoLicence(DomainError):
    """Made food is sold only by whoever may make it."""

    code = "no_production_licence"
    message = _l(
        "加工食品要有在有效期内的食品生产许可证或小作坊登记证才能上架（《食品安全法》第三十五、"
        "三十六条）。请先上传证照，填好的内容会一直留着。"
    )


class WaitsAlready(Conflict):
    code = "renewal_waits"
    message = _l("同一种证照已有一份在等平台确认。要换一份，请先撤回那一份。")


class Answered(Conflict):
    """Somebody else was faster."""

    code = "renewal_answered"
    message = _l("这份新证已经处理过了，请刷新后再看。")


class NoPhoto(DomainError):
    code = "no_photo"
    message = _l("请拍一张看得清全部字的照片。")
