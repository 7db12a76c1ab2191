"""Why a draft isn't kept or doesn't become a listing."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class TooManyDrafts(Conflict):
    code = "too_many_drafts"
    message = _l("草稿太多了，请先上架或删掉几份旧的。")


class AlreadyListed(Conflict):
    code = "already_listed"
    message = _l("这份草稿已经上架了。要改，请到商品页面改。")
