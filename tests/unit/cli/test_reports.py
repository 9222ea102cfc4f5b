"""Pages, images and Parquet files from the command line."""

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import polars as pl
import pytest

import ringfence
from ringfence.cli.options import write
from ringfence.core.errors import BookError
from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    found = Terminal(tmp_path, monkeypatch, capsys)
    found.save(reference())
    return found


@pytest.mark.parametrize("verb", ["margin", "contrast"])
def test_a_page_is_what_the_library_makes_of_the_same_book(terminal: Terminal, verb: str) -> None:
    assert terminal.run([verb, "book.json", "--format", "html", "-o", "page.html"]).code in {0, None}
    book = ringfence.read(terminal.folder / "book.json")
    result = ringfence.assess(book) if verb == "margin" else ringfence.compare(book)
    assert (terminal.folder / "page.html").read_text(encoding="utf-8") == ringfence.html(result)


def test_a_page_goes_down_a_pipe(terminal: Terminal) -> None:
    assert terminal.run(["margin", "book.json", "--format", "html"]).out.startswith("<!DOCTYPE html>")


def test_the_shock_that_was_asked_for_is_the_way_on_the_page(terminal: Terminal) -> None:
    asked = ["contrast", "book.json", "--shock", "BTC=-30%,ETH=+20%", "--format", "html"]
    assert "part of the way to BTC=-30%,ETH=+20%" in terminal.run(asked).out


@pytest.mark.parametrize("verb", ["margin", "contrast"])
def test_an_image_is_a_png(terminal: Terminal, verb: str) -> None:
    terminal.run([verb, "book.json", "--format", "png", "-o", "image.png"])
    assert (terminal.folder / "image.png").read_bytes().startswith(PNG)


def test_a_parquet_file_holds_the_positions_and_a_folder_gets_every_table(terminal: Terminal) -> None:
    terminal.run(["contrast", "book.json", "--format", "parquet", "-o", "book.parquet"])
    contrast = ringfence.compare(ringfence.read(terminal.folder / "book.json"))
    assert pl.read_parquet(terminal.folder / "book.parquet").equals(ringfence.frame(contrast))
    folder = terminal.folder / "tables"
    folder.mkdir()
    terminal.run(["contrast", "book.json", "--format", "parquet", "-o", "tables"])
    assert {"positions", "pools", "shocks", "matrix", "stress"} <= {path.stem for path in folder.iterdir()}
    assert pl.read_parquet(folder / "shocks.parquet").equals(ringfence.frame(contrast, "shocks"))


@pytest.mark.parametrize("form", ["html", "png", "parquet"])
def test_an_answer_without_a_report_says_so(terminal: Terminal, form: str) -> None:
    asked = ["margin", "book.json", "--what-if", "buy 0.1 BTC/USDT:USDT @ 100000 x10", "--format", form]
    assert "has no report" in terminal.refused(asked)


def test_the_check_that_was_asked_for_still_fails_the_command(terminal: Terminal) -> None:
    asked = ["margin", "book.json", "--format", "html", "-o", "page.html", "--fail-below", "50%"]
    assert terminal.run(asked).code == 1
    assert (terminal.folder / "page.html").exists()


def test_what_is_no_text_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = TextIOWrapper(BytesIO())
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", screen)
    with pytest.raises(BookError, match="no text"):
        write(PNG, None)


def test_the_demo_writes_its_page_here_or_beside_its_text_and_says_where(terminal: Terminal) -> None:
    assert "ringfence-demo.html: open it in a browser" in terminal.run(["demo"]).out
    here = (terminal.folder / "ringfence-demo.html").read_text(encoding="utf-8")
    terminal.run(["demo", "-o", "shown.txt"])
    assert "shown.html" in (terminal.folder / "shown.txt").read_text(encoding="utf-8")
    assert (terminal.folder / "shown.html").read_text(encoding="utf-8") == here
    terminal.run(["demo", "--format", "html", "-o", "only.html"])
    assert (terminal.folder / "only.html").read_text(encoding="utf-8") == here


def test_a_demo_whose_folder_cannot_be_written_to_still_shows_its_tables(terminal: Terminal) -> None:
    (terminal.folder / "ringfence-demo.html").mkdir()
    answer = terminal.run(["demo"])
    assert answer.code in {0, None}
    assert "Liquidation prices" in answer.out
    assert "could not be written" in answer.out
