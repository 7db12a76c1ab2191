"""The administrator's way to everything."""

from flask import Blueprint, render_template

from shop.web.audience import Role, allow

blueprint = Blueprint("admin_home", __name__)


@blueprint.get("/admin")
@allow(Role.ADMINISTRATOR)
def show() -> str:
    return render_template("shop/accounts/administration/home.html")
