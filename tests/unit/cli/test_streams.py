"""Pipes, disks without room, terminals of few letters: one message or none, and nothing half-written."""

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

COMMAND = [sys.executable, "-m", "ringfence"]
BOOK = 'book of a, b, c\nvenue = "binance-usdm"\non = 2024-10-24\n\n[collateral]\nUSDT = "16000"\n'
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture(autouse=True)
def book(terminal: Terminal) -> None:
    terminal.save(reference())


def piped(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, text: str, *words: str) -> str:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
    return terminal.run(words).out


@pytest.mark.parametrize("text", [json.dumps(reference()), f"# {BOOK}", f"\n#{BOOK}"])
def test_a_book_comes_down_a_pipe(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    found = json.loads(piped(terminal, monkeypatch, text, "margin", "-", "--format", "json"))
    assert found["venue"] == "binance-usdm"
    assert found["accounts"][0]["equity"] is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["margin", "-", "-"], "it is named twice"),
        (["watch", "-", "--prices", "-"], "book and prices cannot both come from it"),
        (["margin", "-"], "standard input: it is empty"),
        (["contrast", "-"], "standard input: it is empty"),
    ],
)
def test_standard_input_is_one_file(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"")))
    assert said in terminal.refused(words)


def test_standard_input_may_be_closed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input: it is closed" in terminal.refused(["margin", "-"])


WRITERS = {
    "a table": ["margin", "book.json"],
    "a page": ["margin", "book.json", "--format", "html"],
    "a short text": ["demo", "--book"],
    "help": ["--help"],
}


@needs_full
@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_without_room_is_one_message(terminal: Terminal, name: str) -> None:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *WRITERS[name]], cwd=terminal.folder, stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = done.stderr.decode()
    assert (done.returncode, said.count("\n")) == (2, 1)
    assert said.startswith("ringfence: standard output: No space left on device. ")


@pytest.mark.parametrize("name", WRITERS)
def test_a_reader_may_leave_before_a_word_is_written(terminal: Terminal, name: str) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [*COMMAND, *WRITERS[name]], cwd=terminal.folder, stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (0, b"")


def test_output_that_is_closed_is_no_reason_to_stop(terminal: Terminal) -> None:
    line = f"{sys.executable} -m ringfence margin book.json --fail-below 90% >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", line], cwd=terminal.folder, check=False).returncode == 1


@pytest.mark.parametrize("letters", ["ascii", "latin-1"])
def test_a_terminal_of_few_letters_keeps_its_tables_in_line(terminal: Terminal, letters: str) -> None:
    shown = {
        name: subprocess.run(
            [*COMMAND, "contrast", "book.json"],
            cwd=terminal.folder,
            env={**os.environ, "PYTHONIOENCODING": name, "RINGFENCE_PACKS": ""},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout.decode(name)
        for name in (letters, "utf-8")
    }
    few, all_ = shown[letters], shown["utf-8"]
    assert "?" not in few.replace(" ?", "")  # which marks an unknown contagion
    assert [len(line) for line in few.splitlines()] == [len(line) for line in all_.splitlines()]
    assert "─" in all_
    assert "---" in few
