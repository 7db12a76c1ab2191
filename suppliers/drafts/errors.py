"""Why a draft isn't kept or doesn't become a listing."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class TooManyDrafts(Conflict):
    code = "too_many_drafts"
    message = _l("草稿太多了，请先上架或删掉几份旧的。")


class AlreadyListed(Conflict):
    code = "already_listed"
    message = _l("这份草稿已经上架了。要改，请到商品页面改。")


class NoLicence(DomainError):
    """Made food is sold only by whoever may make it."""

    code = "no_production_licence"
    message = _l(
        "加工食品要有在有效期内的食品生产许可证或小作坊登记证才能上架（《食品安全法》第三十五、"
        "三十六条）。请先上传证照，草稿会一直留着。"
    )
