"""The catalogues: every text in use has words in every language, with the same placeholders."""

import sys
from pathlib import Path

import pytest

from app import translations
from app.translations import bring_up_to_date, catalogues, read, untranslated
from app.translations.__main__ import main

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue for a small application with one text in its code, one in a page and one in a message."""
    app = tmp_path / "app"
    for name, text in {
        "visits/words.py": 'from flask_babel import lazy_gettext\n\nYES = lazy_gettext("Yes, I can")\n',
        "templates/visits/show.html": '<h1>{{ _("Visit on %(day)s", day=day) }}</h1>',
        "templates/messages/offer.txt": '{{ ngettext("%(num)s visit", "%(num)s visits", count) }}',
    }.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    monkeypatch.setattr(translations, "APP", app)
    path = tmp_path / "zh_Hant_HK" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER)
    return path


def test_texts_are_found_in_code_pages_and_messages(catalogue: Path) -> None:
    assert sorted(untranslated(catalogue)) == ["%(num)s visit", "Visit on %(day)s", "Yes, I can"]


def test_a_catalogue_gains_new_texts_keeps_its_words_and_loses_what_is_not_used(catalogue: Path) -> None:
    catalogue.write_text(
        f'{HEADER}msgid "Yes, I can"\nmsgstr "可以"\n\nmsgid "No longer asked"\nmsgstr "舊"\n'
    )
    bring_up_to_date(catalogue)
    kept = read(catalogue)
    assert {str(message.id): message.string for message in kept if message.id} == {
        "Yes, I can": "可以",
        "Visit on %(day)s": "",
        "('%(num)s visit', '%(num)s visits')": ("",),
    }
    assert "舊" not in catalogue.read_text()


def test_words_that_lose_a_placeholder_are_a_fault(catalogue: Path) -> None:
    bring_up_to_date(catalogue)
    text = catalogue.read_text().replace('msgid "Yes, I can"\nmsgstr ""', 'msgid "Yes, I can"\nmsgstr "可以"')
    text = text.replace(
        'msgid "Visit on %(day)s"\nmsgstr ""', 'msgid "Visit on %(day)s"\nmsgstr "探訪 %(date)s"'
    )
    catalogue.write_text(text.replace('msgstr[0] ""', 'msgstr[0] "%(num)s 次探訪"'))
    assert untranslated(catalogue) == ["Visit on %(day)s (placeholders differ)"]


def test_words_with_a_broken_placeholder_are_a_fault(catalogue: Path) -> None:
    bring_up_to_date(catalogue)
    text = catalogue.read_text().replace('msgid "Yes, I can"\nmsgstr ""', 'msgid "Yes, I can"\nmsgstr "可以"')
    text = text.replace(
        'msgid "Visit on %(day)s"\nmsgstr ""', 'msgid "Visit on %(day)s"\nmsgstr "%(day)前探訪"'
    )
    catalogue.write_text(text.replace('msgstr[0] ""', 'msgstr[0] "%(num)s 次探訪"'))
    assert untranslated(catalogue) == ["Visit on %(day)s (placeholders differ)"]


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.parent.name)
def test_every_text_in_use_is_translated(path: Path) -> None:
    assert untranslated(path) == []


def test_the_command_lists_what_has_no_words_and_writes_only_when_it_may(
    catalogue: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.translations.__main__.catalogues", lambda: [catalogue])
    monkeypatch.setattr(sys, "argv", ["translations", "--check"])
    assert main() == 1
    assert catalogue.read_text() == HEADER
    monkeypatch.setattr(sys, "argv", ["translations"])
    assert main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 not translated"
    assert 'msgid "Yes, I can"' in catalogue.read_text()
