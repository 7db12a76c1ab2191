"""What a basket comes to."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.models import Measure, Product, Variant
from orders.cart.rules import Line, quote
from orders.deliveries.models import FreightTariff
from orders.deliveries.rules import DEFAULT_TARIFF
from shop.organisations.models import Organisation

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def make_line(id_=1, quantity=1, cooperative_id=1, **changes):
    """A line of a basket; changes are of the variant, the product or the cooperative."""
    seller = {
        "admitted_at": NOW,
        "suspended_at": changes.pop("suspended_at", None),
        "name": f"示例{cooperative_id}",
    }
    product = Product(
        id=id_,
        name="荔枝",
        cooperative_id=cooperative_id,
        cooperative=Organisation(id=cooperative_id, **seller),
        delisted_at=changes.pop("delisted_at", None),
    )
    given_ = {
        "price_fen": 5000,
        "net_weight_g": 2500,
        "on_hand": 100,
        "held": 0,
        "perishable": False,
        "promised": 0,
        "presale_ships_on": None,
        "presale_cap": None,
        "withdrawn_at": None,
    }
    variant = Variant(
        id=id_,
        product=product,
        spec="5斤装",
        unit="箱",
        measure=Measure.WEIGHT,
        measure_amount=2500,
        **(given_ | changes),
    )
    return Line(variant, quantity, TODAY, seen_price_fen=variant.price_fen)


def make_quote(*lines, **tariff):
    same = FreightTariff(**(DEFAULT_TARIFF | tariff))
    return quote(lines, dict.fromkeys({line.cooperative_id for line in lines}, same), NOW)


lists_of_lines = st.lists(
    st.tuples(st.integers(1, 9999), st.integers(1, 3), st.integers(1, 100_000)), max_size=8
).map(
    lambda drawn: [
        make_line(n, quantity, cooperative, price_fen=price, on_hand=5000)
        for n, (quantity, cooperative, price) in enumerate(drawn, 1)
    ]
)


@given(lists_of_lines)
def test_every_line_is_either_counted_or_kept_apart_and_the_sums_agree(app_context, lines):
    result = make_quote(*lines)
    assert len(result.lines) + len(result.problems) == len(lines)
    assert result.goods_fen == sum(x.amount_fen for x in lines if x.quantity <= 5000)
    assert result.total_fen == sum(p.goods_fen + p.freight_fen for p in result.parts)
    assert len({part.cooperative_id for part in result.parts}) == len(result.parts)


@given(lists_of_lines, st.randoms())
def test_the_fingerprint_does_not_depend_on_the_order_of_lines(app_context, lines, random):
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert make_quote(*shuffled).fingerprint == make_quote(*lines).fingerprint


@pytest.mark.parametrize(
    "change", [{"price_fen": 5001}, {"quantity": 2}, {"on_hand": 0}, {"withdrawn_at": NOW}]
)
def test_the_fingerprint_changes_with_what_the_buyer_pays_for(app_context, change):
    other = make_line(2, cooperative_id=2)
    before = make_quote(make_line(), other)
    assert make_quote(make_line(**change), other).fingerprint != before.fingerprint


PRESALE = {"on_hand": 5, "presale_ships_on": date(2026, 12, 5), "presale_cap": 30}


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 20), st.integers(0, 30)), max_size=6))
def test_whatever_is_sold_in_advance_is_in_the_facts_with_its_day(app_context, drawn):
    lines = [
        make_line(n, quantity, **(PRESALE | {"on_hand": stock, "presale_cap": cap}))
        for n, (quantity, stock, cap) in enumerate(drawn, 1)
    ]
    result = make_quote(*lines)
    facts = {each[0]: each[3:] for _, _, _, parts in json.loads(result.facts) for each in parts}
    for line in result.lines:
        is_presold = line.quantity > line.variant.on_hand
        assert facts[line.variant.id] == (["2026-12-05"] if is_presold else [])
    for line in result.problems:
        assert line.quantity > max(line.variant.on_hand, line.variant.presale_cap)


def test_a_part_is_promised_for_its_latest_line(app_context):
    in_stock, presold = make_line(1, 1, on_hand=5), make_line(2, 6, **PRESALE)
    assert make_quote(in_stock).parts[0].promised_on == date(2026, 11, 25)
    assert make_quote(in_stock, presold).parts[0].promised_on == date(2026, 12, 7)


@pytest.mark.parametrize(
    "change",
    [{"presale_ships_on": date(2026, 12, 6)}, {"on_hand": 6}],
)
def test_the_fingerprint_changes_with_the_day_of_sending(app_context, change):
    before = make_quote(make_line(1, 6, **PRESALE))
    assert make_quote(make_line(1, 6, **(PRESALE | change))).fingerprint != before.fingerprint


def test_too_many_to_order_in_advance_says_how_many_are_left(app_context):
    result = make_quote(make_line(1, 31, **PRESALE))
    assert "预售只剩 30 箱" in result.problems[0].problem
    assert result.problems[0].fewer_would_do


def test_the_fingerprint_changes_with_the_freight(app_context):
    before = make_quote(make_line())
    assert make_quote(make_line(), first_fen=1001).fingerprint != before.fingerprint


def test_each_cooperative_has_its_own_freight(app_context):
    result = make_quote(make_line(1, 2, 1), make_line(2, 1, 2))
    assert [part.freight_fen for part in result.parts] == [0, 1000]
    assert result.freight_fen == 1000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"suspended_at": NOW}, "暂停销售"),
        ({"delisted_at": NOW}, "下架"),
        ({"withdrawn_at": NOW}, "不再销售"),
        ({"held": 100}, "只剩 0 箱"),
        ({"held": 98, "quantity": 3}, "只剩 2 箱"),
    ],
)
def test_a_line_that_cannot_be_bought_says_why_and_is_not_counted(app_context, change, says):
    result = make_quote(make_line(**change))
    assert not result.parts
    assert result.total_fen == 0
    assert says in result.problems[0].problem
