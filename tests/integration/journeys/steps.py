"""What people do in the journeys, each step through the pages that a browser would show."""

import io

from flask.testing import FlaskClient

from tests.factories.catalog import picture_bytes
from tests.factories.orders import TOWN_CODE
from tests.factories.people import PASSWORD
from tests.parts.pages import see, send

LISTING = {
    "name": "青皮冬瓜",
    "description": "沙地种的，清晨采摘。",
    "months": [str(month) for month in range(1, 13)],
    "spec": "10斤装",
    "unit": "箱",
    "net_weight": "10",
    "weight_unit": "jin",
    "price": "39.90",
    "measure": "weight",
    "perishable": "y",
    "stock": "12",
}
STOCK, PRICE_FEN, NET_WEIGHT_G = 12, 3990, 5000
# First 3 kg 10.00, each further kg 2.00; free from 99.00 on.
QUANTITY, GOODS_FEN, FREIGHT_FEN = 2, 7980, 2400
TOTAL_FEN = GOODS_FEN + FREIGHT_FEN


def list_product(cooperative: FlaskClient) -> str:
    """Put a product on sale with a photograph; its page in the shop."""
    form = see(cooperative, "/cooperative/listings/new").form("/cooperative/drafts")
    photo = (io.BytesIO(picture_bytes(width=1600, height=1200)), "photo.jpg", "image/jpeg")
    category = form.options["category"]["蔬菜"]
    preview = send(cooperative, form, **LISTING, category=category, photo=photo).location
    answer = send(cooperative, see(cooperative, preview).form("/listing"))
    return answer.location.replace("/cooperative/listings/", "/products/")


def put_into_basket(buyer: FlaskClient, product: str, quantity: int = QUANTITY) -> None:
    send(buyer, see(buyer, product).form("/basket/lines"), quantity=quantity)


def join(buyer: FlaskClient, identifier: str) -> None:
    form = see(buyer, "/join?next=/checkout").form("/join")
    assert not {"agreement", "privacy"} & set(form.fields), "no consent is ticked beforehand"
    answer = send(
        buyer,
        form,
        name="何小满",
        identifier=identifier,
        password=PASSWORD,
        agreement="y",
        privacy="y",
    )
    assert answer.location.endswith("/checkout")


def check_out(buyer: FlaskClient) -> str:
    """Order what is in the basket, to an address in Zhuhai; the order's number."""
    form = see(buyer, "/checkout").form("/checkout")
    assert TOWN_CODE in form.options["town_code"].values()
    answer = send(
        buyer,
        form,
        address="new",
        recipient="何小满",
        phone="13800000000",
        town_code=TOWN_CODE,
        street="港一路 8 号 2 栋 301",
        perishables="y",
    )
    return answer.location.split("/")[-2]


def choose(buyer: FlaskClient, number: str, outcome: str) -> None:
    """Decide on the sandbox page whether the test card pays."""
    page = see(buyer, f"/orders/{number}/payment")
    send(buyer, page.form(f"/sandbox/orders/{number}/payment"), outcome=outcome)


def order_page(buyer: FlaskClient, number: str) -> str:
    return see(buyer, f"/orders/{number}").text
