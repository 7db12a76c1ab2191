"""What can't be done with categories."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class NameTaken(Conflict):
    code = "category_name_taken"
    message = _l("已经有一个同名的类别。")


class SlugTaken(Conflict):
    code = "category_slug_taken"
    message = _l("这个英文代号已经用过了。")


class LastOpenCategory(Conflict):
    code = "last_open_category"
    message = _l("至少要有一个启用的类别。")
