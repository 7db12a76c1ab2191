"""Security headers for every answer."""

from flask import Flask, Response

from shop.config import Settings

_STRIPE = "https://js.stripe.com https://*.stripe.com"


def init_app(app: Flask, settings: Settings) -> None:
    policy = _content_security_policy(settings)

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=()")
        if settings.is_production:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


def _content_security_policy(settings: Settings) -> str:
    """No inline script or style; Stripe's own only where its Payment Element is in use."""
    stripe = f" {_STRIPE}" if settings.stripe_publishable_key else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{stripe}",
            f"frame-src 'self'{stripe}" if stripe else "frame-src 'none'",
            f"connect-src 'self'{stripe}",
            "img-src 'self' data: blob:",
            "style-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
