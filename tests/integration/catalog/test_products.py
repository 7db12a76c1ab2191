"""Listing products: who may, what is written down, and what the search is told."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from catalog.categories.services import add_category, change_category
from catalog.products.errors import (
    CategoryClosed,
    ForbiddenClaim,
    LastVariant,
    MayNotSell,
    Suspended,
    TownNotAssisted,
)
from catalog.products.models import Picture, Product, Variant
from catalog.products.services import pictures, products, variants
from catalog.products.services.drafts import ProductDraft
from catalog.search.gateways.port import SearchQuery
from catalog.search.handlers import current_index
from catalog.stock.queries import list_mismatches
from catalog.stock.services import hold, receive, release, set_available
from shop.accounts.audit.models import AuditEntry
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.organisations.services import reinstate, suspend
from shop.outbox import OutboxMessage, deliver_due
from shop.places.models import TownDesignation
from shop.places.services import end_designation
from tests.factories.catalog import NOW, make_category, make_draft, make_product
from tests.factories.people import make_cooperative, make_cooperative_member

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def seller(act):
    """A person who sells for a cooperative: the account, and the cooperative's id."""

    def make():
        account = make_cooperative_member()
        make_category()
        return account.id, account.cooperative.id

    return act(make)


def draft(**changes):
    given = {"name": "程村蚝", "category_id": 1, "season_mask": 0b110000000011}
    return ProductDraft(**given | changes)


def list_one(seller, **changes):
    by, cooperative_id = seller
    return products.create_product(
        cooperative_id, draft(**changes), [make_draft()], by=by, at=NOW
    ).id


def test_a_listing_takes_its_town_from_its_cooperative_and_is_written_down(act, app, seller):
    product_id = act(list_one, seller)
    with app.app_context():
        product = db.session.get_one(Product, product_id)
        assert product.town_code == product.cooperative.town_code
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.act == "product.create")
        ).one()
        assert (entry.account_id, entry.subject_id) == (seller[0], str(product_id))
        assert entry.detail["prices_fen"] == [7500]


def test_every_change_is_a_message_of_its_own_to_the_search(act, app, seller):
    by, cooperative_id = seller
    product_id = act(list_one, seller)
    variant = act(
        variants.add_variant, cooperative_id, product_id, make_draft("10斤装"), by=by, at=NOW
    )
    acts = [
        (products.edit_product, (product_id, draft(name="程村生蚝"))),
        (variants.edit_variant, (product_id, variant.id, make_draft("9斤装", price_fen=100))),
        (variants.withdraw_variant, (product_id, variant.id)),
        (products.delist, (product_id,)),
        (products.relist, (product_id,)),
    ]
    for service, arguments in acts:
        act(service, cooperative_id, *arguments, by=by, at=LATER)
    with app.app_context():
        told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "search")).all()
        assert [message.payload for message in told] == [{"product_ids": [product_id]}] * 7
        written = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
        assert written[-5:] == [
            "product.edit",
            "variant.edit",
            "variant.withdraw",
            "product.delist",
            "product.relist",
        ]


def test_the_audit_says_what_a_price_was_before(act, app, seller):
    by, cooperative_id = seller
    product_id = act(list_one, seller)
    with app.app_context():
        variant_id = db.session.scalars(select(Variant.id)).one()
    new = make_draft(price_fen=6900)
    act(variants.edit_variant, cooperative_id, product_id, variant_id, new, by=by, at=LATER)
    with app.app_context():
        detail = db.session.scalars(
            select(AuditEntry.detail).where(AuditEntry.act == "variant.edit")
        ).one()
        assert detail["changes"] == {"price_fen": [7500, 6900]}


@pytest.mark.parametrize("text", [{"name": "抗癌橘红"}, {"description": "有疗效"}])
def test_a_medical_claim_is_refused_and_nothing_is_saved(act, app, seller, text):
    with pytest.raises(ForbiddenClaim, match="广告法"):
        act(list_one, seller, **text)
    with app.app_context():
        assert db.session.scalar(select(func.count(Product.id))) == 0
        assert db.session.scalar(select(func.count(OutboxMessage.id))) == 0


def test_a_cooperative_that_may_not_sell_cannot_list(act):
    waiting = act(make_cooperative, admitted=False)
    act(make_category)
    with pytest.raises(MayNotSell):
        act(list_one, (None, waiting.id))


def test_a_suspended_cooperative_can_take_off_but_not_put_on(act, seller):
    by, cooperative_id = seller
    product_id = act(list_one, seller)
    act(lambda: suspend(db.session.get_one(Organisation, cooperative_id), at=NOW))
    with pytest.raises(Suspended):
        act(list_one, seller)
    with pytest.raises(Suspended):
        act(products.edit_product, cooperative_id, product_id, draft(), by=by, at=NOW)
    act(products.delist, cooperative_id, product_id, by=by, at=NOW)
    with pytest.raises(Suspended):
        act(products.relist, cooperative_id, product_id, by=by, at=NOW)


def test_a_town_that_is_no_longer_assisted_lists_nothing_new(act, seller):
    def end():
        yesterday = NOW.date() - timedelta(days=1)
        for designation in db.session.scalars(select(TownDesignation)):
            end_designation(designation, until=yesterday)

    act(end)
    with pytest.raises(TownNotAssisted):
        act(list_one, seller)


def test_another_cooperatives_product_is_not_there(act, seller):
    product_id = act(list_one, seller)
    stranger = act(make_cooperative)
    with pytest.raises(NotFound):
        act(products.delist, stranger.id, product_id, by=seller[0], at=NOW)


def test_the_last_way_to_buy_a_product_stays(act, app, seller):
    by, cooperative_id = seller
    product_id = act(list_one, seller)
    with app.app_context():
        variant_id = db.session.scalars(select(Variant.id)).one()
    with pytest.raises(LastVariant):
        act(variants.withdraw_variant, cooperative_id, product_id, variant_id, by=by, at=NOW)


def test_a_withdrawn_variant_is_not_there_any_more(act, seller):
    by, cooperative_id = seller
    product_id = act(list_one, seller)
    extra = act(variants.add_variant, cooperative_id, product_id, make_draft(), by=by, at=NOW)
    act(variants.withdraw_variant, cooperative_id, product_id, extra.id, by=by, at=NOW)
    with pytest.raises(NotFound):
        act(
            variants.edit_variant,
            cooperative_id,
            product_id,
            extra.id,
            make_draft(),
            by=by,
            at=NOW,
        )


def test_a_closed_category_takes_nothing_new_and_keeps_what_it_has(act, seller):
    by, cooperative_id = seller
    old = act(add_category, "mushroom", "食用菌", certificate_covered=True, by=None, at=NOW).id
    product_id = act(list_one, seller, category_id=old)
    act(
        change_category,
        old,
        name="食用菌",
        position=9,
        certificate_covered=True,
        closed=True,
        by=None,
        at=NOW,
    )
    with pytest.raises(CategoryClosed):
        act(list_one, seller, category_id=old)
    kept = draft(category_id=old, name="香菇")
    act(products.edit_product, cooperative_id, product_id, kept, by=by, at=NOW)


def test_the_same_photo_twice_is_one_and_belongs_to_its_cooperative(act, app, seller):
    _, cooperative_id = seller
    other = act(make_cooperative)
    first = act(pictures.keep_picture, cooperative_id, "a" * 64, 10, 10, at=NOW)
    again = act(pictures.keep_picture, cooperative_id, "a" * 64, 10, 10, at=NOW)
    theirs = act(pictures.keep_picture, other.id, "a" * 64, 10, 10, at=NOW)
    assert first.id == again.id != theirs.id
    with pytest.raises(NotFound):
        act(list_one, seller, picture_id=theirs.id)
    with app.app_context():
        assert db.session.scalar(select(func.count(Picture.id))) == 2


def test_the_search_finds_what_is_on_sale_and_nothing_else(act, app, seller):
    by, cooperative_id = seller
    product_id = act(list_one, seller)
    assert found(app) == (product_id,)
    act(products.delist, cooperative_id, product_id, by=by, at=LATER)
    assert found(app) == ()
    act(products.relist, cooperative_id, product_id, by=by, at=LATER)
    assert found(app) == (product_id,)
    act(lambda: suspend(db.session.get_one(Organisation, cooperative_id), at=LATER))
    assert found(app) == ()
    act(lambda: reinstate(db.session.get_one(Organisation, cooperative_id), at=LATER))
    assert found(app) == (product_id,)


def test_the_search_knows_when_the_last_unit_is_held_and_given_back(act, app, seller):
    product_id = act(list_one, seller)
    assert found(app, in_stock_only=True) == ()
    act(receive, 1, 3, by=None, at=NOW)
    assert found(app, in_stock_only=True) == (product_id,)
    act(hold, 1, 2, by=None, at=NOW, reference="A")
    with app.app_context():
        assert waiting() == 0, "still one left: nothing to tell"
    act(hold, 1, 1, by=None, at=NOW, reference="B")
    assert found(app, in_stock_only=True) == ()
    act(release, 1, 1, by=None, at=NOW, reference="B")
    assert found(app, in_stock_only=True) == (product_id,)
    act(set_available, 1, 0, by=seller[0], at=NOW)
    assert found(app, in_stock_only=True) == ()
    with app.app_context():
        assert list_mismatches() == []


def test_a_factory_product_can_be_bought(act, app):
    product_id = act(make_product, stock=5).id
    with app.app_context():
        product = db.session.get_one(Product, product_id)
        assert [variant.available for variant in product.variants] == [5]
        assert product.cooperative.may_sell


def found(app, **filters):
    """What a search for the product finds once the worker has done its work."""
    with app.app_context():
        deliver_due(LATER)
        db.session.rollback()
        return current_index().search(SearchQuery(text="程村蚝", **filters)).product_ids


def waiting():
    return db.session.scalar(
        select(func.count(OutboxMessage.id)).where(OutboxMessage.delivered_at.is_(None))
    )
