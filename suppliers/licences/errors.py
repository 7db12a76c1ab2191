"""What a cooperative may not sell without a licence."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class NoLicence(DomainError):
    """Made food is sold only by whoever may make it."""

    code = "no_production_licence"
    message = _l(
        "加工食品要有在有效期内的食品生产许可证或小作坊登记证才能上架（《食品安全法》第三十五、"
        "三十六条）。请先上传证照，填好的内容会一直留着。"
    )
