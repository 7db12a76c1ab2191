"""Pages for what went wrong: what happened, and what to do next."""

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from shop.db import db
from shop.errors import DomainError

RETRY_SECONDS = "60"

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(500, _apologise)


def _refuse(error: DomainError) -> Response:
    return _page(error.status, _title(error.status), str(error))


def _explain(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    return _page(status, _title(status), _message(status))


def _apologise(error: Exception) -> Response:
    original = getattr(error, "original_exception", None) or error
    log.error("unhandled", exc_info=original)
    try:
        db.session.rollback()
        if not isinstance(original, OperationalError):
            return _page(500, _title(500), _message(500))
    except Exception:
        log.error("no_page_for_the_unhandled", exc_info=True)
    return _unavailable()


def _unavailable() -> Response:
    """A page that needs no database, and so nobody's session either: it is rendered without the
    context processors, which ask who is signed in."""
    page = current_app.jinja_env.get_template("layout/unavailable.html").render(
        code=503,
        title=gettext("商店正在恢复"),
        message=gettext(
            "请过一分钟再试。提交成功的订单和付款都还在；刚才这一步可能没有完成，重试不会重复下单。"
        ),
        request_id=g.get("request_id", ""),
    )
    return Response(page, 503, {"Retry-After": RETRY_SECONDS})


def _page(status: int, title: str, message: str) -> Response:
    page = render_template(
        "layout/error.html",
        code=status,
        title=title,
        message=message,
        request_id=g.get("request_id", ""),
    )
    return make_response(page, status)


def _title(status: int) -> str:
    titles = {
        400: gettext("请求不完整"),
        403: gettext("不能这样做"),
        404: gettext("没有找到"),
        405: gettext("不能这样做"),
        409: gettext("内容已经变化"),
        413: gettext("文件太大"),
        422: gettext("这一步没有成功"),
        429: gettext("请稍等"),
    }
    return titles.get(status, gettext("出了点问题"))


def _message(status: int) -> str:
    messages = {
        400: gettext("我们没看懂这个请求，请返回上一页再试。"),
        403: gettext("您没有权限进行此操作，或请求来自其他网站。"),
        404: gettext("这个页面不存在，或者不属于您。"),
        405: gettext("这个地址不支持这种操作。"),
        413: gettext("一次最多上传 16 MB，请换一张小一些的图片。"),
        429: gettext("操作太频繁了，请过一会儿再试。"),
    }
    return messages.get(status, gettext("问题出在我们这边，已经记录下来。您填写的内容没有提交。"))
