"""Designed pages as PDF: A4, Chinese fonts embedded, made by Typst from a template and data.

The fonts come with a package of their own; neither the machine's fonts nor the network are asked. What people wrote
goes in as data, never as markup.
"""

import io
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_tw as fonts
import segno
import typst

PAPERS = Path(__file__).parents[1] / "templates" / "papers"


def pdf_of(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF (PDF/UA-1) of `papers/<template>.typ`, which reads `data` (anything JSON can say).

    Raises typst.TypstError when the template does not fit the data.
    """
    made: bytes = typst.compile(
        PAPERS / f"{template}.typ",
        root=PAPERS,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
    )
    return made


def qr_svg(address: str) -> str:
    """A QR code of `address` as the text of an SVG picture."""
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="svg", border=0, xmldecl=False)
    return picture.getvalue().decode()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[fonts.sans_path().parent])
