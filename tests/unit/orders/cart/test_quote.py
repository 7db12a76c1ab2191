"""What a basket comes to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.models import Measure, Product, Variant
from orders.cart.rules import Line, quote
from orders.deliveries.models import FreightTariff
from orders.deliveries.rules import DEFAULT_TARIFF
from shop.organisations.models import Organisation

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


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
    return Line(variant, quantity)


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
