"""What people of finance fill in about money in the bank account."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput

from orders.transfers.models import BankReceipt
from shop.money import yuan
from shop.web.fields import Filled, LineField


class StatementForm(FlaskForm):
    """A file from the bank."""

    file = FileField(_l("银行流水文件"), [Filled(_l("请选择文件。"))])


class BoxToTick(CheckboxInput):
    """One of several boxes: that one of them is required doesn't make each so."""

    validation_attrs = ["disabled"]


class ManyBoxes(SelectMultipleField):
    """Several choices as boxes to tick."""

    option_widget = BoxToTick()


class MatchForm(FlaskForm):
    """Which order a receipt pays for, perhaps together with others."""

    order = LineField(_l("订单号或识别码"), max_length=40)
    others = ManyBoxes(_l("和这些收款一起"), coerce=str)
    note = LineField(_l("说明"), max_length=200, required=False)

    def offer(self, others: Sequence[BankReceipt]) -> None:
        """Say what can be chosen. Call it before the form is validated."""
        self.others.choices = [
            SelectChoice(str(r.id), f"{r.received_on} ¥{yuan(r.amount_fen)} {r.payer_name}")
            for r in others
        ]

    @property
    def other_ids(self) -> list[int]:
        return [int(each) for each in self.others.data or []]


class ReturnForm(FlaskForm):
    """Why a receipt goes back."""

    reason = LineField(_l("退回原因"), max_length=200)


class RejectionForm(FlaskForm):
    """Why a proposal is turned down."""

    answer = LineField(_l("驳回原因"), max_length=200)


class PayoutForm(FlaskForm):
    """By which transfer of the bank money was paid out."""

    reference = LineField(_l("银行流水号"), max_length=80)
