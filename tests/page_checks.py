"""What must hold for every page, whoever opens it and in whichever language."""

import re
from collections import Counter
from html.parser import HTMLParser

LANGUAGE_TAGS = {"zh_Hant_HK": "zh-Hant-HK", "en": "en"}
INPUTS_WITHOUT_LABEL = frozenset({"hidden", "submit", "button"})
CJK = re.compile(r"[\u3400-\u9fff]")
TWO_LATIN_WORDS = re.compile(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,})+")
UNRENDERED = re.compile(r"\{\{|\{%|%\(\w+\)|\bUndefined\b|<LazyString|<app\.|object at 0x")
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
UNSEEN = frozenset(("script", "style", "template", "title"))


class _Page(HTMLParser):
    """What the checks need of a page's HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.language = ""
        self.title = ""
        self.headings: list[str] = []
        self.ids: Counter[str] = Counter()
        self.label_targets: set[str] = set()
        self.controls: list[dict[str, str]] = []
        self.post_forms = 0
        self.form_tokens = 0
        self.inline: list[str] = []
        self.text: list[tuple[str, str]] = []
        self.references: list[str] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values.get("lang", "")
        if tag == "h1":
            self.headings.append("")
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag == "label" and "for" in values:
            self.label_targets.add(values["for"])
        if tag in ("input", "select", "textarea") and values.get("type") not in INPUTS_WITHOUT_LABEL:
            self.controls.append(values)
        if tag == "form" and values.get("method", "").lower() == "post":
            self.post_forms += 1
        if values.get("name") == "csrf_token":
            self.form_tokens += 1
        self.inline += [name for name in values if name == "style" or name.startswith("on")]
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            self.references += values.get(name, "").split()
        if tag not in VOID:
            language = values.get("lang") or (self._open[-1][1] if self._open else "")
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1][0] != tag:
            self._open.pop()
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _language in self._open]
        if "title" in tags:
            self.title += data
        if "h1" in tags and self.headings:
            self.headings[-1] += data
        if data.strip() and not UNSEEN & set(tags):
            self.text.append((self._open[-1][1] if self._open else "", " ".join(data.split())))


def faults_of(html: str, language: str, known_words: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with a page in `language` ("zh_Hant_HK" or "en"), in words; empty when nothing is.

    `known_words` are names and other data that stay in their own language.
    """
    page = _Page()
    page.feed(html)
    tag = LANGUAGE_TAGS[language]
    faults = []
    if page.language != tag:
        faults.append(f"lang is {page.language!r}")
    if len(page.headings) != 1 or not page.headings[0].strip():
        faults.append(f"h1: {page.headings}")
    if not page.title.strip():
        faults.append("no title")
    faults += [f"id {name!r} stands {count} times" for name, count in page.ids.items() if count > 1]
    faults += [
        f"no label: {control}"
        for control in page.controls
        if control.get("id") not in page.label_targets
        and not {"aria-label", "aria-labelledby"} & control.keys()
    ]
    faults += [f"refers to no id: {name!r}" for name in page.references if name not in page.ids]
    if page.post_forms > page.form_tokens:
        faults.append(f"{page.post_forms} forms, {page.form_tokens} form tokens")
    faults += [f"inline {name}" for name in page.inline]
    faults += [f"not rendered: {found}" for found in UNRENDERED.findall(html)]
    faults += _other_language(page, tag, known_words)
    return faults


def _other_language(page: _Page, tag: str, known_words: frozenset[str]) -> list[str]:
    """Text of the other language that is not marked as such."""
    faults = []
    for language, text in page.text:
        if language != tag:
            continue
        rest = text
        for word in sorted(known_words, key=len, reverse=True):
            rest = rest.replace(word, "")
        found = CJK.search(rest) if tag == "en" else TWO_LATIN_WORDS.search(rest)
        if found:
            faults.append(f"untranslated: {text[:80]!r}")
    return faults
