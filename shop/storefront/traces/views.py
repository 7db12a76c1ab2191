"""The page behind a QR code: which harvest this is, and who stands up for it."""

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from catalog.batches.queries import find_traced
from catalog.batches.rules import BASES, CERTIFICATE
from shop.errors import NotFound
from shop.storefront.cards.views import picture_url
from shop.storefront.traces.queries import list_own_picks
from shop.web.audience import public

blueprint = Blueprint("traces", __name__, url_prefix="/trace")

# A recall must be read soon after it was made.
KEPT_SECONDS = 60


@blueprint.get("/<batch_code>")
@public
def show(batch_code: str) -> Response:
    batch = find_traced(batch_code)
    if batch is None:
        raise NotFound
    is_known = current_user.is_authenticated
    page = render_template(
        "shop/storefront/trace.html",
        batch=batch,
        product=batch.product,
        certificate=batch.certificate,
        bases=BASES,
        words=CERTIFICATE,
        picture_url=picture_url(batch.product),
        own=list_own_picks(current_user.id, batch.id) if is_known else [],
    )
    return _kept(make_response(page))


def _kept(answer: Response) -> Response:
    """Who comes with nothing, as a phone's scanner does, gets the same page as everybody: it may
    be kept on the way. A cookie stands for a language, larger letters or a person."""
    answer.vary.add("Cookie")
    answer.vary.add("Accept-Language")
    if not request.cookies:
        answer.cache_control.public = True
        answer.cache_control.max_age = KEPT_SECONDS
        answer.add_etag()
        answer.make_conditional(request)
    return answer
