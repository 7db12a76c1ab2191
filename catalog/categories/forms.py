"""What an administrator says about a category."""

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, ValidationError

from shop.web.fields import LineField, WholeNumberField

_SLUG = re.compile(r"[a-z][a-z0-9-]*")


class NewCategoryForm(FlaskForm):
    name = LineField(_l("名称"), max_length=20)
    slug = LineField(_l("英文代号"), max_length=40)
    certificate_covered = BooleanField(_l("每批要有承诺达标合格证"))

    def validate_slug(self, field: LineField) -> None:
        if not _SLUG.fullmatch(field.data):
            raise ValidationError(_l("只用小写英文字母、数字和短横线，以字母开头。"))


class CategoryForm(FlaskForm):
    name = LineField(_l("名称"), max_length=20)
    position = WholeNumberField(_l("顺序"), minimum=1, maximum=999)
    certificate_covered = BooleanField(_l("每批要有承诺达标合格证"))
    closed = BooleanField(_l("停用（已有商品不受影响）"))
