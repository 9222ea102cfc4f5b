"""What ``ringfence contrast --paths`` shows, and what it refuses in one sentence."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ringfence
from ringfence.contrast.estimates import Estimate
from ringfence.contrast.on_paths import PathContrast
from ringfence.contrast.simulate import simulate
from ringfence.report.paths import amount, chance
from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

KNOWN = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.7"}}
POOR = {"collateral": {"USDT": "4000"}}
ASKED = ("--paths", "3000", "--horizon", "4d", "--step", "2h", "--cut", "equal-leverage")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    found = Terminal(tmp_path, monkeypatch, capsys)
    found.save(reference(**KNOWN, **POOR))
    return found


def shown(terminal: Terminal, *words: str) -> str:
    answer = terminal.run(["contrast", "book.json", *words])
    assert (answer.code, answer.err) == (0, "")
    return answer.out


def data(terminal: Terminal, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shown(terminal, *words, "--format", "json"))
    return found


def test_the_tables_of_paths_stand_before_contagion(terminal: Terminal) -> None:
    text = shown(terminal, *ASKED, "--audit")
    order = [
        "Loss after a joint move", "what it costs (3,000 paths of 4 d, marks every 2 h, seed 0)",
        "On paths: chance that each position", "On paths: the loss that is surpassed", "Contagion ledger of as-held",
        "Contagion ledger of cross", "Who pays", "Capital for a chance of liquidation", "The cut that costs least",
        "Who dies by whose price", "Audit of this run",
    ]  # fmt: skip
    places = [text.index(title) for title in order]
    assert places == sorted(places)
    assert "geometric Brownian motion" in text


def test_json_has_for_each_mode_what_the_interface_names(terminal: Terminal) -> None:
    found = data(terminal, *ASKED)
    assert found["schema"] == "ringfence.contrast/1"
    modes = {(one["mode"], one["cut"]): one for one in found["modes"]}
    assert list(modes)[-1] == ("isolated", "optimal")
    labels = ["BTC/USDT:USDT:long", "ETH/USDT:USDT:short", "SOL/USDT:USDT:long"]
    for one in modes.values():
        paths = one["paths"]
        assert 0.0 <= float(paths["p_liquidation"]) <= 1.0
        assert float(paths["standard_error"]) >= 0.0
        assert list(paths["quantiles"]) == ["0.5", "0.9", "0.95", "0.99", "0.999"]
        assert list(paths["expected_shortfall"]) == list(paths["quantiles"])
        assert one["initial_requirement"] is not None
        if one["mode"] != "isolated":
            assert [list(paths[name]) for name in ("contagion", "rescue", "days_lost")] == [labels] * 3
            assert [ledger["against"] for ledger in paths["ledgers"]] == ["equal-leverage", "optimal"]
    assert found["contagion_matrix"]
    assert found["simulation"]["paths"] == 3000
    assert found["simulation"]["horizon_days"] == "4"


def test_the_same_seed_gives_the_same_json_for_any_number_of_threads(terminal: Terminal) -> None:
    one = data(terminal, *ASKED, "--seed", "7", "--threads", "1")
    assert one == data(terminal, *ASKED, "--seed", "7", "--threads", "2")
    assert one != data(terminal, *ASKED, "--seed", "8")


def test_every_identity_holds_on_the_book_that_is_audited(terminal: Terminal) -> None:
    text = shown(terminal, *ASKED, "--audit", "--format", "csv")
    rows = [row for row in csv.reader(text.splitlines()) if row[0] == "Audit of this run"]
    assert {row[1] for row in rows} == {
        "accounts",
        "conservation",
        "contrast identity",
        "rates identity",
        "order of deaths",
    }
    assert {row[-1] for row in rows} == {"yes"}


def test_prices_that_drift_are_not_asked_to_be_fair(terminal: Terminal) -> None:
    text = shown(terminal, *ASKED, "--audit", "--drift", "all=500%", "--format", "csv")
    names = {row[1] for row in csv.reader(text.splitlines()) if row[0] == "Audit of this run"}
    assert "conservation" not in names
    assert "contrast identity" in names


def test_without_paths_nothing_of_them_is_imported_or_shown(tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    book.write_text(json.dumps(reference(**KNOWN)), encoding="utf-8")
    program = (
        "import sys; from ringfence.cli import main; sys.argv = ['ringfence', 'contrast', sys.argv[1]]; code = main();"
        "assert 'numba' not in sys.modules and 'scipy' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(book)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "On paths" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--paths", "0"], "--paths 0: it is too few."),
        (["--paths", "many"], "--paths 'many': it is no whole number."),
        (
            ["--paths", "9", "--horizon", "-3d"],
            "--horizon '-3d': it is no time above zero. Write 7d, 12h or 30m.",
        ),
        (["--paths", "9", "--horizon", "7x"], "--horizon '7x': it is no time above zero."),
        (["--paths", "9", "--step", "0"], "--step '0': it is no time above zero."),
        (["--paths", "9", "--horizon", "40000d", "--step", "1s"], "steps are too many"),
        (["--paths", "9", "--law", "levy"], "--law levy: there is no such law."),
        (["--paths", "9", "--law", "jumps"], "Write --law jumps:12,-0.05,0.08"),
        (
            ["--paths", "9", "--law", "garch"],
            "it draws from prices of the past. Name recorded prices with --calibrate",
        ),
        (["--paths", "9", "--until", "2"], "until: 2 is no relative standard error"),
        (["--paths", "9", "--seed", "-1"], "--seed -1: it is too few."),
        (["--paths", "9", "--drift", "BTC"], "--drift 'BTC': it is not COIN=PART."),
        (["--paths", "9", "--drift", "DOGE=5%"], "nothing here moves with DOGE."),
        (["--paths", "9", "--blackout", "30h/24h"], "it ends before it begins."),
        (["--paths", "9", "--funding", "book"], "--funding book: the book states no rate."),
        (["--paths", "999999999999"], "paths: their results take"),
        (["--seed", "3", "--audit"], "--seed and --audit: it asks of paths, and there are none. Add --paths"),
        (["--paths", "9", "--calibrate", "none.csv"], "none.csv"),
    ],
)
def test_what_is_none_is_refused_in_one_sentence(terminal: Terminal, words: list[str], said: str) -> None:
    answer = terminal.run(["contrast", "book.json", *words])
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_without_volatilities_it_says_which_and_three_ways_to_mend_it(terminal: Terminal) -> None:
    terminal.save(reference())
    answer = terminal.run(["contrast", "book.json", "--paths", "10"])
    assert answer.code == 2
    for word in ("[vols]: it has no BTC", "BTC = 0.6", "--vols", "--calibrate"):
        assert word in answer.err


def test_a_horizon_may_be_written_in_days_or_hours(terminal: Terminal) -> None:
    bare, days = data(terminal, "--horizon", "2"), data(terminal, "--horizon", "2d")
    assert bare == days
    assert data(terminal, "--horizon", "48h") == days


def test_a_law_fitted_to_recorded_prices_needs_no_volatilities(terminal: Terminal, tmp_path: Path) -> None:
    terminal.save(reference(**POOR))
    moves = np.exp(np.cumsum(np.random.default_rng(1).standard_normal((400, 3)) * 0.01, axis=0))
    rows = ["time,BTC,ETH,SOL"]
    rows += [
        f"2024-10-{1 + k // 24:02d}T{k % 24:02d}:00:00Z,{b:.8f},{e:.8f},{s:.8f}"
        for k, (b, e, s) in enumerate(moves)
    ]
    (tmp_path / "prices.csv").write_text("\n".join(rows), encoding="utf-8")
    asked = ("--paths", "500", "--horizon", "2d", "--calibrate", "prices.csv", "--law", "bootstrap")
    found = data(terminal, *asked)["simulation"]
    assert "moves of the past" in found["law"]
    assert found["step_seconds"] == "3600"
    answer = terminal.run(["contrast", "book.json", *asked, "--step", "2h"])
    assert "bootstrap moves by the prices' own step of 3600 s" in answer.err


def poor(**asked: Any) -> PathContrast:
    snapshot = ringfence.read(reference(**KNOWN, **POOR))
    usual = {
        "paths": 20_000,
        "days": 4.0,
        "step": 7200.0,
        "cut": "equal-leverage",
        "monitoring": "continuous",
    }
    return simulate(snapshot, **{**usual, **asked})


def test_the_closed_form_stands_beside_the_paths_and_is_near_them() -> None:
    found = poor()
    for ledger, model in zip(found.ledgers, found.modelled, strict=True):
        assert isinstance(model.positions, tuple)
        for one, known in zip(ledger.positions, model.positions, strict=True):
            for name in ("died_shared", "died_alone", "contagion", "rescue"):
                paths, closed = getattr(one, name), getattr(known, name)
                assert abs(paths.value - closed) <= 0.03 + 4.0 * paths.error, (one.position, name)
            assert known.contagion is not None
            assert known.rescue is not None
            assert known.died_shared is not None
            assert known.died_alone is not None
            difference = known.died_shared - known.died_alone
            assert known.contagion - known.rescue == pytest.approx(difference)
        shares = [one.loss_share for one in model.positions]
        if ledger.mode == "cross":
            assert sum(share for share in shares if share is not None) == pytest.approx(1.0)
            blame = sum(one.but_for for one in model.positions if one.but_for is not None)
            assert blame == pytest.approx(model.positions[0].died_shared)


def test_hedges_are_the_victims_of_a_shared_pool() -> None:
    ledger = next(one for one in poor().ledgers if (one.mode, one.against) == ("cross", "optimal"))
    by_label = {one.position: one for one in ledger.positions}
    hedge, bet = by_label["ETH/USDT:USDT:short"], by_label["BTC/USDT:USDT:long"]
    assert hedge.contagion is not None
    assert bet.contagion is not None
    assert hedge.contagion.value > 2.0 * bet.contagion.value
    assert hedge.bystander is not None
    assert hedge.bystander.value > 0.5


def test_an_accuracy_that_is_asked_for_is_reached_or_said_not_to_be() -> None:
    found = poor(until=0.2, paths=200_000, modes=["isolated"])
    assert 1000 <= found.simulation.paths < 200_000
    for one in found.modes:
        assert one.liquidation.error is not None
        assert one.liquidation.error <= 0.2 * one.liquidation.value
    short = poor(until=0.001, paths=9_000, modes=["isolated"])
    assert short.simulation.paths == 9_000
    assert any("is not reached with 9,000 paths" in note for note in short.notes)


def test_calls_in_python_and_at_the_prompt_are_the_same() -> None:
    snapshot = ringfence.read(reference(**KNOWN, **POOR))
    found = ringfence.simulate(snapshot, paths=200, days=1.0)
    assert repr(found).startswith("<Contrast of main on 200 paths: isolated on binance-usdm")
    assert found.simulation.clock.steps == 24
    as_json = ringfence.to_dict(found)
    assert as_json["schema"] == "ringfence.contrast/1"
    assert [one["mode"] for one in as_json["modes"]] == [one.mode for one in found.modes]


@pytest.mark.parametrize(
    ("value", "error", "paths", "said"),
    [
        (0.0, 0.0, 1000.0, "0 (< 0.3 %)"),
        (0.0, 0.0, 1.0, "0 (< 100 %)"),
        (0.0, 0.0, 20.0, "0 (< 15 %)"),
        (0.0, 0.0, 1e8, "0 (< 3e-06 %)"),
        (0.0703, 0.0018, 20_000.0, "7.03 ± 0.18 %"),
        (0.25, None, 1.0, "25 %"),
    ],
)
def test_a_chance_is_shown_with_two_digits_of_its_error(
    value: float, error: float | None, paths: float, said: str
) -> None:
    assert chance(Estimate(value, error), paths) == said


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (7700.0, 1e-12, "7,700 ± 0"),
        (1234.567, 12.0, "1,235 ± 12"),
        (0.000123456, 0.0000012, "0.0001235 ± 0.0000012"),
        (-1e-13, None, "0"),
    ],
)
def test_an_amount_is_shown_with_two_digits_of_its_error(
    value: float, error: float | None, said: str
) -> None:
    assert amount(Estimate(value, error)) == said
