"""Targets are typed in 万元 or in 元, and read exactly."""

import pytest
from werkzeug.datastructures import MultiDict

from orders.targets.forms import TargetForm


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("120", 120_000_000),
        ("120.5", 120_500_000),
        ("１２０．５万元", 120_500_000),
        ("0.000001", 1),
        ("1,200.25 万", 1_200_250_000),
        ("1205000元", 120_500_000),
        ("1205000.01 元", 120_500_001),
        ("¥1,205,000元", 120_500_000),
    ],
)
def test_an_amount_is_read_in_the_unit_it_names(app, text, fen):
    form = _form(app, text)
    assert form.errors == {}
    assert form.amount.data == fen


@pytest.mark.parametrize(
    "text",
    ["", "0", "-5", "一百万", "1e9", "12.0000001", "1205000.001元", "99999999999", "=1+1", "😀"],
)
def test_what_is_no_amount_is_refused_beside_its_field(app, text):
    form = _form(app, text)
    assert list(form.errors) == ["amount"]
    assert all(str(error) for error in form.amount.errors)


def test_what_was_typed_stays_in_the_control(app):
    with app.test_request_context():
        form = TargetForm(MultiDict({"amount": "12x", "year": "2026", "reason": "因"}))
        form.validate()
        assert 'value="12x"' in form.amount()


def _form(app, text: str) -> TargetForm:
    with app.test_request_context():
        form = TargetForm(MultiDict({"amount": text, "year": "2026", "reason": "年初任务"}))
        form.validate()
        return form
