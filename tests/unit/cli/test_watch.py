"""The ladder while marks come in: lines down a pipe, a table on a terminal, alerts, and what is refused."""

import os
import pty
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest

from tests.unit.books import reference
from tests.unit.cli.terminal import Answer, Terminal

VOLS = {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}
RUN = """\
# a short run
BTC/USDT:USDT 90000
{"time": "2026-01-01T00:00:02Z", "BTC": "80000", "ETH": 3900}
2026-01-01T00:00:03Z,SOLUSDT,165
2026-01-01T00:00:04Z,SOLUSDT,164

2026-01-01T00:00:05Z,SOL,190
2026-01-01T00:00:06Z,SOL,160
"""
SAID = """\
line 2: nearest SOL/USDT:USDT long 196.00 to 160.80, -18.0 %, 3.43σ; cross:USDT healthy, \
isolated:SOL/USDT:USDT below_initial
2026-01-01T00:00:02Z: nearest BTC/USDT:USDT long 80,000.00 to 66,917.27, -16.4 %, 5.21σ; cross:USDT below_initial, \
isolated:SOL/USDT:USDT below_initial
2026-01-01T00:00:03Z: nearest SOL/USDT:USDT long 165.00 to 160.80, -2.5 %, 0.49σ; cross:USDT below_initial, \
isolated:SOL/USDT:USDT below_initial
ALERT 2026-01-01T00:00:03Z: SOL/USDT:USDT long is -2.5 %, 0.49σ from liquidation, nearer than 10%
2026-01-01T00:00:04Z: nearest SOL/USDT:USDT long 164.00 to 160.80, -1.9 %, 0.37σ; cross:USDT below_initial, \
isolated:SOL/USDT:USDT below_initial
2026-01-01T00:00:05Z: nearest SOL/USDT:USDT long 190.00 to 160.80, -15.4 %, 2.94σ; cross:USDT below_initial, \
isolated:SOL/USDT:USDT below_initial
2026-01-01T00:00:06Z: nearest SOL/USDT:USDT long 160.00 to 160.00, +0.0 %, 0.00σ; cross:USDT below_initial, \
isolated:SOL/USDT:USDT liquidatable
LIQUIDATION 2026-01-01T00:00:06Z: isolated:SOL/USDT:USDT is liquidatable: equity 0.00 USDT, needed 80.00; from here \
on the account may hold less than this book says
ALERT 2026-01-01T00:00:06Z: SOL/USDT:USDT long is +0.0 %, 0.00σ from liquidation, nearer than 10%
"""


@pytest.fixture(autouse=True)
def book(terminal: Terminal) -> None:
    terminal.save(reference(vols=VOLS))


def watch(terminal: Terminal, ticks: str | bytes, *words: str) -> Answer:
    terminal.save(ticks, "ticks")
    return terminal.run(["watch", "book.json", "--prices", "ticks", *words])


def test_a_run_is_a_line_an_update_and_each_crossing_is_said_once(terminal: Terminal) -> None:
    answer = watch(terminal, RUN, "--alert", "10%")
    assert (answer.out, answer.err, answer.code) == (SAID, "", 1)


def test_without_an_alert_the_status_is_0_whatever_dies(terminal: Terminal) -> None:
    answer = watch(terminal, RUN)
    assert answer.code in {0, None}
    assert answer.out == "".join(line for line in SAID.splitlines(keepends=True) if "ALERT" not in line)


def test_quiet_says_only_what_is_raised(terminal: Terminal) -> None:
    out = watch(terminal, RUN, "--alert", "10%", "-q").out
    assert [line.split()[0] for line in out.splitlines()] == ["ALERT", "LIQUIDATION", "ALERT"]


@pytest.mark.parametrize(("limit", "code"), [("0.3sigma", 0), ("0.4sigma", 1), ("1.9%", 0), ("2%", 1)])
def test_a_limit_counts_sigmas_of_the_position_s_own_coin_or_percent(
    terminal: Terminal, limit: str, code: int
) -> None:
    assert (watch(terminal, "SOL 164", "--alert", limit).code or 0) == code


def test_an_alert_that_is_over_at_the_end_is_still_an_alert(terminal: Terminal) -> None:
    assert watch(terminal, "SOL 164\nSOL 190", "--alert", "10%").code == 1


def test_marks_come_down_a_pipe_and_the_last_line_needs_no_end(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"\xef\xbb\xbfBTC 90000\r\nSOLUSDT 164")))
    answer = terminal.run(["watch", "book.json", "--prices", "-", "--alert", "10%"])
    assert [line.split(":")[0] for line in answer.out.splitlines()] == ["line 1", "line 2", "ALERT line 2"]
    assert answer.code == 1


HEDGE = "t1,BTC,60000\nt1,ETH,2000\nt2,BTC,101000\nt2,ETH,4050\n"


def test_lines_of_one_time_are_one_update_where_asked(terminal: Terminal) -> None:
    apart, together = watch(terminal, HEDGE), watch(terminal, HEDGE, "--together")
    assert (apart.out.count("\n"), together.out.count("\n")) == (5, 2)
    assert ("LIQUIDATION" in apart.out, "LIQUIDATION" in together.out) == (True, False)


def test_what_the_book_does_not_have_is_passed_over_where_asked(terminal: Terminal) -> None:
    assert watch(terminal, "DOGEUSDT 0.2\nSOL 164", "--others").code in {0, None}


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a symbol of another spelling": (
        "BTCUSTD 1",
        "no symbol or coin 'BTCUSTD'. Did you mean 'BTC/USDT:USDT'?",
    ),
    "a symbol that is not held": ("DOGEUSDT 1", "no symbol or coin 'DOGEUSDT'"),
    "a word for a price": ("BTC high", "BTC: 'high' is not a number"),
    "a price of nothing": ("BTC 0", "the price 0 is not above zero"),
    "a price below nothing": ("BTC -1", "the price -1 is not above zero"),
    "a price without end": ("BTC inf", "is not a finite number"),
    "three words": ("BTC 1 2", "'BTC 1 2' is no tick. Write SYMBOL PRICE"),
    "a decimal comma": (
        "t,BTC,101000,5",
        "4 fields and not 3. Write time,symbol,price; a number has a decimal point",
    ),
    "a thousands comma": ("BTC 101,000", "2 fields and not 3"),
    "JSON cut short": ('{"BTC": 1', "is not valid JSON"),
    "a key that stands twice": ('{"BTC": 1, "BTC": 2}', "stands twice"),
    "nothing but a time": ('{"time": "t"}', "it names no price"),
    "a ticker without a mark": ('{"symbol": "BTCUSDT", "last": 1}', "it has no price of BTCUSDT"),
    "a table for a price": ('{"BTC": {"last": 1}}', "is not a number"),
    "a yes for a time": ('{"time": true, "BTC": 1}', "the time True is neither"),
    "a time that writes on the terminal": ("\x1b[2J,BTC,1", "is not an instant"),
    "bytes": (b"BTC \xff\xfe", "it is not text in UTF-8"),
    "a line without end": ("x" * 2**21, "longer than any line of prices"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_line_is_named_with_its_number(terminal: Terminal, case: str) -> None:
    line, said = REFUSED[case]
    line = line.encode() if isinstance(line, str) else line
    answer = watch(terminal, b"BTC 100000\n\n" + line + b"\n")
    assert answer.code == 2
    assert answer.out.startswith("line 1: ")
    assert answer.out.count("\n") == 1
    assert "line 3" in answer.err
    assert said in answer.err


@pytest.mark.parametrize("ticks", ["", "\n\n", "# only words\n", "time,symbol,price\n"])
def test_a_file_without_a_price_is_refused(terminal: Terminal, ticks: str) -> None:
    answer = watch(terminal, ticks)
    assert (answer.code, answer.out) == (2, "")
    assert "ticks: no price came in. Write SYMBOL PRICE" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--prices", "nowhere"],
            "--prices nowhere: No such file or directory. Name a file that can be read, or -",
        ),
        (["--prices", "."], "--prices .: Is a directory"),
        (["--prices", "ticks", "--alert", "near"], "--alert 'near': it is neither a percentage nor sigmas"),
        (["--prices", "ticks", "--mode", "ring"], "'ring' is unknown"),
    ],
)
def test_what_cannot_be_watched_is_refused(terminal: Terminal, words: list[str], said: str) -> None:
    terminal.save("BTC 100000", "ticks")
    assert said in terminal.refused(["watch", "book.json", *words])


def test_a_limit_in_sigmas_needs_volatilities(terminal: Terminal) -> None:
    terminal.save(reference(vols={"BTC": "0.6"}))
    terminal.save("BTC 100000", "ticks")
    refusal = terminal.refused(["watch", "book.json", "--prices", "ticks", "--alert", "2sigma"])
    assert "no volatility of ETH, SOL. Use a percentage" in refusal


def test_standard_input_may_be_closed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input: it is closed" in terminal.refused(["watch", "book.json", "--prices", "-"])


def test_a_person_ends_a_watch_with_the_keyboard(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(BytesIO):
        def readline(self, _size: int | None = -1, /) -> bytes:
            if self.tell():
                raise KeyboardInterrupt
            return super().readline()

    def run(*words: str) -> Answer:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(Interrupted(b"SOL 164\nSOL 163\n")))
        return terminal.run(["watch", "book.json", "--prices", "-", *words])

    assert run().code in {0, None}
    assert run("--alert", "10%").code == 1


COMMAND = [sys.executable, "-m", "ringfence", "watch", "book.json", "--prices"]


def test_updates_come_at_once_and_a_reader_may_leave(terminal: Terminal) -> None:
    with subprocess.Popen(
        [*COMMAND, "-"],
        cwd=terminal.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"BTC 90000\n")
        assert process.stdout.readline().startswith(b"line 1: ")  # before the input ends
        process.stdout.close()
        process.stdin.write(b"BTC 90000\n" * 3)
        process.stdin.close()
        assert (process.wait(), process.stderr.read()) == (0, b"")


def drawn(terminal: Terminal, columns: int) -> str:
    """Return what a terminal of so many columns is sent."""
    terminal.save("SOL 164", "ticks")
    ours, theirs = pty.openpty()
    told: dict[str, Any] = {**os.environ, "COLUMNS": str(columns), "LINES": "40", "TERM": "xterm"}
    process = subprocess.Popen(
        [*COMMAND, "ticks", "--alert", "10%"], cwd=terminal.folder, stdout=theirs, stdin=theirs, env=told
    )
    os.close(theirs)
    sent = b""
    try:
        while piece := os.read(ours, 4096):
            sent += piece
    except OSError:
        pass  # how a terminal says that the other side has left
    os.close(ours)
    assert process.wait() == 1
    return sent.decode()


@pytest.mark.parametrize("columns", [80, 140])
def test_on_a_terminal_the_ladder_is_drawn_again(terminal: Terminal, columns: int) -> None:
    sent = drawn(terminal, columns)
    assert sent.index("as the book stands") < sent.index("ALERT") < sent.index("ladder, line 1")
    last = sent[sent.index("ladder, line 1") :]
    assert last.index("SOL long") < last.index("BTC long") < last.index("ETH short")
    assert "position    pool" in last  # a table, and no block a row
    assert "█" in last


def test_another_venue_s_rules_hold_while_marks_come_in(terminal: Terminal) -> None:
    here, there = (watch(terminal, "SOL 190", *words).out for words in ((), ("--venue", "hyperliquid")))
    assert "nearest SOL/USDT:USDT long 190.00 to 160.80" in here
    assert (
        "nearest SOL/USDC:USDC long 190.00 to 164.10" in there
    )  # half the initial rate at 20 times, and not 0.5 %
