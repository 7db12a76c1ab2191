"""Prices, taxes, codes and days of invoices."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis.strategies import dates, integers, sampled_from

from orders.invoices.models import TaxRate
from orders.invoices.rules import Item, day_in, is_invoice_number, is_tax_code, unit_price
from tests.factories.people import make_credit_code


def item(amount_fen: int, quantity: int = 1, rate: TaxRate = TaxRate.EXEMPT) -> Item:
    return Item(1, "荔枝", "5斤装", "箱", quantity, amount_fen, rate)


def test_a_unit_price_is_as_fine_as_an_invoice_writes_it() -> None:
    assert unit_price(item(3000, 3)) == "10.00"
    assert unit_price(item(2500, 3)) == "8.3333"
    assert unit_price(item(123456)) == "1,234.56"


@given(amount=integers(1, 10**9), rate=sampled_from(TaxRate))
def test_tax_is_part_of_the_amount(amount: int, rate: TaxRate) -> None:
    tax = item(amount, rate=rate).tax_fen
    assert 0 <= tax < amount or amount == 1
    assert (tax == 0) or rate is not TaxRate.EXEMPT


def test_tax_at_nine_percent_of_109_yuan_is_9_yuan() -> None:
    assert item(10900, rate=TaxRate.NINE).tax_fen == 900


@pytest.mark.parametrize("code", [make_credit_code(5), "440400123456789", "44040012345678901234"])
def test_these_are_tax_codes(code: str) -> None:
    assert is_tax_code(code)


@pytest.mark.parametrize("code", ["", "1", make_credit_code(5)[:-1] + "!", "４" * 15, "a" * 15])
def test_these_are_none(code: str) -> None:
    assert not is_tax_code(code)


@pytest.mark.parametrize("number", ["", "1" * 19, "1" * 21, "1" * 19 + "x", "１" * 20])
def test_an_invoice_number_is_twenty_digits(number: str) -> None:
    assert not is_invoice_number(number)
    assert is_invoice_number("26440000000000000001")


@given(dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_however_a_sheet_writes_it(day: date) -> None:
    written = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y-%m-%d} 10:00:00",
    ]
    assert {day_in(text) for text in written} == {day}


@pytest.mark.parametrize("text", ["", "昨天", "2026-13-01", "2026-02-30", "45000", "2026-1"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_in(text) is None
