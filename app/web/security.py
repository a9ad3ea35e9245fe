"""What holds for every answer: headers, limits, form tokens, bounded ids."""

from typing import Any

from flask import Flask, Response, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from app.shared.database import LARGEST_ID
from config import Config

MEBIBYTE = 1024 * 1024
LARGEST_BODY = MEBIBYTE
LARGEST_IMPORT = 10 * MEBIBYTE
MOST_FORM_PARTS = 2000

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class IdConverter(IntegerConverter):
    """A primary key in a URL; what no row can have is not found."""

    def __init__(self, map: Any) -> None:
        super().__init__(map, min=1, max=LARGEST_ID)


def id_in(text: str | None) -> int | None:
    """The primary key in a query argument; None for what no row can have."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > len(str(LARGEST_ID)):
        return None
    return int(text) if 1 <= int(text) <= LARGEST_ID else None


def init_security(app: Flask, config: Config) -> None:
    """Settings, headers and limits of RELIABILITY A5."""
    prefix = "__Host-" if config.is_secure else ""
    app.config.update(
        SECRET_KEY=str(config.secret_key),
        SESSION_COOKIE_NAME=f"{prefix}form",
        SESSION_COOKIE_SECURE=config.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=list(config.trusted_hosts),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.is_secure,
        PREFERRED_URL_SCHEME="https" if config.is_secure else "http",
    )
    app.url_map.converters["id"] = IdConverter
    CSRFProtect(app)
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to add a middleware
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        if config.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response
