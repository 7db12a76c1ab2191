"""A cooperative says what its coming weeks are expected to bring, product by product."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.expectations import services
from catalog.expectations.errors import ExpectedMeanwhile, WeekOver
from catalog.expectations.models import HarvestExpectation
from catalog.expectations.queries import list_newest, sum_expected, sum_harvested
from catalog.expectations.rules import Week, as_last_week, as_last_year, coming_weeks
from catalog.products.models import Product
from catalog.products.queries import get_own_product, own_products
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number, paginate
from suppliers.expectations.forms import ExpectationForm
from suppliers.expectations.rules import JIN, UNITS, said_in

blueprint = Blueprint("expectations", __name__, url_prefix="/cooperative/expectations")

PER_PAGE = 20
LAST_WEEK, LAST_YEAR = "last-week", "last-year"


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def index() -> str:
    on_sale = own_products(current_user.cooperative.id).where(Product.delisted_at.is_(None))
    page = paginate(on_sale, page_number(request.args.get("page")), PER_PAGE)
    weeks = coming_weeks(clock.day_of(clock.now()))
    return render_template(
        "suppliers/expectations/index.html",
        page=page,
        weeks=weeks,
        expected=sum_expected([product.id for product in page.items], weeks),
        said_in=said_in,
        **_unit_asked(),
    )


@blueprint.get("/<int(max=2147483647):product_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def show(product_id: int) -> str:
    product = get_own_product(current_user.cooperative.id, product_id)
    weeks = coming_weeks(clock.day_of(clock.now()))
    form = ExpectationForm(formdata=None)
    form.begin(_unit_asked()["unit"], weeks)
    return _page(product, form, weeks)


@blueprint.post("/<int(max=2147483647):product_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create(product_id: int) -> Response | tuple[str, int]:
    cooperative_id, by, at = current_user.cooperative.id, current_user.id, clock.now()
    product = get_own_product(cooperative_id, product_id)
    weeks = coming_weeks(clock.day_of(at))
    form = ExpectationForm()
    form.unit.data = form.unit_chosen
    if form.weeks() != weeks:
        return _page_of_new_week(product, form, weeks), WeekOver.status
    if not form.validate():
        return _page(product, form, weeks, sent=True), 422
    said = form.said()
    try:
        with transaction():
            changed = services.expect(cooperative_id, product_id, said, by=by, at=at)
    except ExpectedMeanwhile as refusal:
        form.answer(weeks, refusal.newer)
        form.form_errors.append(str(refusal))
        product = get_own_product(cooperative_id, product_id)
        return _page(product, form, weeks, sent=True), refusal.status
    flash(
        gettext("预计采收已保存。") if changed else gettext("没有改动，原来的预计不变。"), "success"
    )
    return redirect(url_for("expectations.index", unit=form.unit_chosen), 303)


def _page(product: Product, form: ExpectationForm, weeks: list[Week], *, sent: bool = False) -> str:
    newest = list_newest(product.id, weeks)
    if sent:
        return _render(product, form, weeks, newest)
    known = _known(product, weeks)
    ways = {LAST_WEEK: as_last_week(weeks, known), LAST_YEAR: as_last_year(weeks, known)}
    like = request.args.get("like", "")
    form.show(weeks, newest, ways.get(like, {}))
    return _render(product, form, weeks, newest, ways, like if ways.get(like) else "")


def _page_of_new_week(product: Product, form: ExpectationForm, weeks: list[Week]) -> str:
    """The page was opened in an earlier week: what was typed moves to where its week is now."""
    before = form.weeks()
    typed = {
        week: (amount.raw_data, amount.data)
        for week, amount in zip(before, form.amounts, strict=False)
    }
    form.begin(form.unit_chosen, weeks)
    newest = list_newest(product.id, weeks)
    form.show(weeks, newest, {})
    for week, amount in zip(weeks, form.amounts, strict=True):
        amount.raw_data, amount.data = typed.get(week, (None, amount.data))
    form.form_errors.append(gettext("已经是新的一周了，还没有保存。请核对下面的数，再保存一次。"))
    return _render(product, form, weeks, newest)


def _render(
    product: Product,
    form: ExpectationForm,
    weeks: list[Week],
    newest: dict[Week, HarvestExpectation],
    ways: dict[str, dict[Week, int]] | None = None,
    like: str = "",
) -> str:
    form.name_weeks(weeks)
    return render_template(
        "suppliers/expectations/show.html",
        product=product,
        form=form,
        weeks=weeks,
        newest=newest,
        ways={name: sum(grams.values()) for name, grams in (ways or {}).items() if grams},
        like=like,
        said_in=said_in,
        unit=form.unit_chosen,
        units=UNITS,
    )


def _known(product: Product, weeks: list[Week]) -> dict[Week, int]:
    """What the week before and the weeks of the year before brought; where no batch was written
    down, what was expected of them."""
    earlier = [weeks[0].after(-1), *(each for week in weeks if (each := week.year_before))]
    expected = sum_expected([product.id], earlier).get(product.id, {})
    return expected | sum_harvested(product.id, earlier)


def _unit_asked() -> dict[str, object]:
    asked = request.args.get("unit", "")
    return {"unit": asked if asked in UNITS else JIN, "units": UNITS}
