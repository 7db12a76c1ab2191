"""What a person says about a sheet: the file, and what its columns mean."""

from collections.abc import Iterable, Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from shop.sheets.rules.heads import Head
from shop.web.fields import Filled

IGNORED = "-"


class SheetForm(FlaskForm):
    """A file to be looked at."""

    file = FileField(_l("表格文件"), [Filled(_l("请选择文件。"))])


class ColumnsForm(FlaskForm):
    """What each column of a sheet means."""

    fields: list[SelectField]

    @property
    def columns(self) -> list[str]:
        """As `Head.column` has them."""
        return ["" if field.data == IGNORED else str(field.data) for field in self.fields]


def columns_form(heads: Sequence[Head], offered: Iterable[tuple[str, LazyString]]) -> ColumnsForm:
    """A form with a choice for each column; ``offered`` are the meanings and their labels."""
    choices = [SelectChoice(IGNORED, _l("不导入这一列"))]
    choices += [SelectChoice(value, label) for value, label in offered]
    names = [f"column_{place}" for place in range(len(heads))]
    controls = {
        name: SelectField(
            head.text or _l("（没有表头）"),
            [Filled(_l("请选择这一列是什么，或者不导入它。"))],
            choices=[SelectChoice("", _l("请选择")), *choices] if head.column is None else choices,
            default=IGNORED if head.column == "" else head.column or "",
        )
        for name, head in zip(names, heads, strict=True)
    }
    form = type("ColumnsOfSheet", (ColumnsForm,), controls)()
    form.fields = [form[name] for name in names]
    return form
