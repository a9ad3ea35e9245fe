"""Which language and text size a reader gets, and how both are remembered."""

from flask import Blueprint, Flask, g, redirect, request, url_for
from flask_babel import Babel
from werkzeug.datastructures import LanguageAccept
from werkzeug.wrappers import Response

from app.web.access import public, visitor

LANGUAGES = {"zh_Hant_HK": "zh-Hant-HK", "en": "en"}
"""Locale → the value of the `lang` attribute. The first is the default."""
DEFAULT_LANGUAGE = "zh_Hant_HK"
TEXT_SIZES = ("normal", "large", "largest")
REMEMBERED_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("web", __name__)


def init_language(app: Flask) -> None:
    """Every page in the reader's language: cookie, else account, else browser, else Traditional Chinese."""
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_timezone="Asia/Hong_Kong",
        default_translation_directories=str(app.root_path) + "/translations",
        locale_selector=reader_language,
    )


def reader_language() -> str:
    """The locale of whoever is reading."""
    if "language" in g:
        return str(g.language)
    if request.cookies.get("language", "") not in LANGUAGES and visitor().is_authenticated:
        return str(visitor().account.language)
    return language_of_browser()


def language_of_browser() -> str:
    """The locale as far as the browser alone tells it."""
    remembered = request.cookies.get("language", "")
    return remembered if remembered in LANGUAGES else _browser_language(request.accept_languages)


def _browser_language(accepted: LanguageAccept) -> str:
    for tag, _quality in accepted:
        language = tag.replace("_", "-").casefold()
        if language.startswith("zh"):
            return DEFAULT_LANGUAGE
        if language.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE


def text_size() -> str:
    """The text size this browser remembers."""
    size = request.cookies.get("text_size", "")
    return size if size in TEXT_SIZES else TEXT_SIZES[0]


def safe_next(default: str = "/") -> str:
    """The `next` address of this request if it is a path of this site, else `default`."""
    target = request.values.get("next", "")
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if is_local and target.isprintable() and len(target) <= 500 else default


@blueprint.get("/language/<language>")
@public
def set_language(language: str) -> Response:
    """Remember a language and go back to the page."""
    return _remembering("language", language if language in LANGUAGES else DEFAULT_LANGUAGE)


@blueprint.get("/text-size/<size>")
@public
def set_text_size(size: str) -> Response:
    """Remember a text size and go back to the page."""
    return _remembering("text_size", size if size in TEXT_SIZES else TEXT_SIZES[0])


def _remembering(name: str, value: str) -> Response:
    response = redirect(safe_next(url_for("web.home")), code=303)
    response.set_cookie(
        name, value, max_age=REMEMBERED_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response
