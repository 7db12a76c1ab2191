"""One structured line for each request, with an id that the person can quote."""

import logging
import re
import secrets
import sys
import time

import structlog
from flask import Flask, Response, g, request

from shop.config import Settings

_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def init_app(app: Flask, settings: Settings) -> None:
    _configure(settings)
    log = structlog.get_logger("shop.web")

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        if request.endpoint != "static":
            took = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round(took, 1),
            )
        return response


def _configure(settings: Settings) -> None:
    level = logging.INFO if settings.is_production else logging.WARNING
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if settings.is_production
            else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=not settings.is_production,
    )
