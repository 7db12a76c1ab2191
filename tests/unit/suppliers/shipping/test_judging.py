"""What becomes of rows: which are shipped, with how much and from which batches, and why others
are not."""

from datetime import date

import pytest

from catalog.batches.rules import Lot
from suppliers.shipping.rules.judging import (
    Facts,
    Goal,
    Part,
    PartLine,
    Row,
    RowState,
    Store,
    judge,
)
from suppliers.shipping.rules.reading import read_row

TODAY = date(2026, 11, 28)
OLD, NEW = "ABCDEFGH22", "ABCDEFGH33"
BOX_G = 1000
EMPTY = Store({}, {}, {}, frozenset())


def line(id_=1, waiting=3, product_id=7, ships_on=None):
    return PartLine(id_, product_id, "荔枝", "箱", waiting, BOX_G, ships_on)


def part(name, *lines, account=1, point=0, numbers=(), is_cancelled=False):
    goal = Goal(sum(map(ord, name)), name, account, point)
    return Part(goal, is_cancelled, lines or (line(sum(map(ord, name))),), frozenset(numbers))


def row(name="A", number="SF1234567", units="", batch="", **how):
    cells = {"part": name, "carrier": "顺丰", "number": number, "units": units, "batch": batch}
    return lambda place: Row(place, read_row(cells), **how)


def judged(rows, *parts, store=EMPTY, standing=None):
    facts = Facts({each.goal.part: each for each in parts}, standing or {}, store)
    return judge([make(place) for place, make in enumerate(rows, start=2)], facts, TODAY)


def said(verdicts):
    """Of each row its state, or what is wrong."""
    return [
        "+".join(fault.kind.value for fault in each.faults) or each.state.value for each in verdicts
    ]


def quantities(verdicts):
    return [list(each.wanted.quantities.values()) if each.wanted else [] for each in verdicts]


def store(old=2, new=5, covered=True, suggested=None):
    lots = [Lot(1, old * BOX_G), Lot(2, new * BOX_G)]
    products = frozenset({7} if covered else set())
    return Store({7: lots}, {OLD: 1, NEW: 2}, suggested or {}, products)


def allocated(verdicts):
    return [
        [dict(units) for units in each.wanted.allocations.values()] if each.wanted else "-"
        for each in verdicts
    ]


def test_a_row_ships_all_that_waits_unless_it_says_how_much():
    verdicts = judged([row(), row("B", "SF2222222", "2")], part("A"), part("B"))
    assert quantities(verdicts) == [[3], [2]]


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ((), "unknown_part"),
        ((part("A", is_cancelled=True),), "cancelled"),
        ((part("A", line(waiting=0), numbers=["SF9999999"]),), "sent"),
        ((part("A", line(ships_on=date(2026, 12, 1))),), "not_yet"),
        ((part("A", numbers=["SF1234567"]),), "already"),
    ],
)
def test_what_can_not_be_sent_says_why(found, kind):
    assert said(judged([row()], *found)) == [kind]


def test_rows_that_are_empty_or_were_shipped_are_let_be():
    verdicts = judged([row(number=""), row(is_shipped=True)], part("A"))
    assert said(verdicts) == ["blank", "shipped"]


def test_goods_sold_in_advance_stay_unless_the_row_says_how_many():
    both = part("A", line(1), line(2, 4, ships_on=date(2026, 12, 1)))
    assert quantities(judged([row()], both)) == [[3]]
    assert quantities(judged([row(units="1、2")], both)) == [[1, 2]]


@pytest.mark.parametrize(
    ("units", "kind"),
    [
        ("3、4", "ready"),
        ("7", "ready"),
        ("0、1", "ready"),
        ("2", "other_lines"),
        ("1、1、1", "other_lines"),
        ("0、0", "nothing"),
        ("4、4", "more_than_waits"),
    ],
)
def test_units_of_several_goods_stand_in_their_order(units, kind):
    assert said(judged([row(units=units)], part("A", line(1), line(2, 4)))) == [kind]


def test_a_sheet_from_before_some_goods_left_counts_them_as_well():
    left = part("A", line(1, waiting=0), line(2, 4))
    assert quantities(judged([row(units="0、2")], left)) == [[2]]
    assert said(judged([row(units="1、2")], left)) == ["more_than_waits"]


def test_two_rows_of_a_part_are_two_parcels_only_with_units():
    rows = [row(units="1"), row(number="SF2222222", units="2")]
    assert quantities(judged(rows, part("A"))) == [[1], [2]]
    rows = [row(units="1"), row(number="SF2222222")]
    assert said(judged(rows, part("A"))) == ["ready", "needs_units"]
    rows = [row(), row(number="SF2222222")]
    assert said(judged(rows, part("A"))) == ["needs_units", "needs_units"]


def test_parcels_of_a_part_share_what_waits():
    rows = [row(units="2"), row(number="SF2222222", units="2")]
    assert said(judged(rows, part("A"))) == ["ready", "more_than_waits"]


def test_a_parcel_that_left_before_does_not_let_the_next_one_take_all():
    gone = part("A", line(waiting=2), numbers=["SF1234567"])
    rows = [row(units="1"), row(number="SF2222222")]
    assert said(judged(rows, gone)) == ["already", "needs_units"]


def test_the_same_row_twice_counts_once():
    assert said(judged([row(), row()], part("A"))) == ["ready", "twice"]


def test_one_number_on_orders_of_two_buyers_is_wrong_on_both():
    verdicts = judged([row(), row("B")], part("A"), part("B", account=2))
    assert said(verdicts) == ["shared_number", "shared_number"]
    assert [each.faults[0].details["row"] for each in verdicts] == [3, 2]


@pytest.mark.parametrize("other", [{"account": 1}, {"account": 2, "point": 5}])
def test_what_goes_to_one_buyer_or_one_point_may_lie_in_one_parcel(other):
    verdicts = judged([row(), row("B")], part("A", point=5), part("B", **other))
    assert said(verdicts) == ["ready", "ready"]
    assert [each.warnings[0].kind.value for each in verdicts] == ["joint", "joint"]


def test_a_number_that_left_with_another_buyers_parcel_is_refused():
    standing = {"SF1234567": [Goal(99, "Z", 2, 0)]}
    assert said(judged([row()], part("A"), standing=standing)) == ["others_number"]
    (verdict,) = judged([row()], part("A", account=2), standing=standing)
    assert (verdict.state, verdict.warnings[0].details) == (RowState.READY, {"part": "Z"})


def test_rows_are_picked_one_after_the_other_from_the_first_harvested():
    rows = [row(), row("B", "SF2222222"), row("C", "SF3333333")]
    verdicts = judged(rows, part("A"), part("B"), part("C"), store=store())
    assert allocated(verdicts) == [[{1: 2, 2: 1}], [{2: 3}], "-"]
    assert said(verdicts)[2] == "batch_missing"
    assert verdicts[2].faults[0].details["missing"] == 2


def test_what_the_slip_says_is_what_is_picked():
    a = part("A")
    planned = store(suggested={a.lines[0].id: {2: 3}})
    assert allocated(judged([row()], a, store=planned)) == [[{2: 3}]]


def test_a_row_may_name_its_batch():
    assert allocated(judged([row(batch=NEW)], part("A"), store=store())) == [[{2: 3}]]
    assert said(judged([row(batch=OLD)], part("A"), store=store())) == ["batch_not_usable"]
    assert said(judged([row(batch="ZZZZZZZZZZ")], part("A"), store=store())) == ["batch_not_usable"]


def test_a_row_that_is_wrong_leaves_its_batch_to_the_next():
    rows = [row(units="3"), row("B", "SF2222222", "5")]
    verdicts = judged(rows, part("A", line(1, 3)), part("B", line(2, 5)), store=store(new=2))
    assert said(verdicts) == ["ready", "batch_missing"]
    rows = [row(units="9"), row("B", "SF2222222", "4")]
    verdicts = judged(rows, part("A", line(1, 9)), part("B", line(2, 4)), store=store(new=2))
    assert said(verdicts) == ["batch_missing", "ready"]


def test_goods_that_need_no_certificate_leave_without_a_batch():
    verdicts = judged([row()], part("A"), store=store(old=1, new=1, covered=False))
    assert (said(verdicts), allocated(verdicts)) == (["ready"], [[]])


def test_what_was_refused_the_last_time_can_be_tried_again_and_says_why():
    (verdict,) = judged([row(refusal="harvest_not_in")], part("A"))
    assert verdict.wanted is not None
    assert verdict.warnings[0].kind.value == "harvest_not_in"
