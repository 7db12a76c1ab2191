"""Why a photograph isn't taken in."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class TooLarge(DomainError):
    code = "upload_too_large"
    message = _l("照片太大了，请换一张小一些的。")


class TooMany(Conflict):
    code = "too_many_uploads"
    message = _l("没传完的照片太多了，请过一会儿再试。")
