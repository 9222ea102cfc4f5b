"""A verb pays for the libraries it uses and for no others."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"numba", "scipy", "polars", "pyarrow", "pandas", "plotly", "matplotlib", "hypothesis"}
REPORT = """
import json, sys
from ringfence.cli import main
try:
    main()
except SystemExit as stop:
    if stop.code:
        raise
print()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

OPTIONS = """
venue = "deribit"
account_mode = "portfolio"
at = 2026-11-25T12:00:00Z
collateral = { BTC = "2" }
indices = { BTC = "90000" }

[[position]]
symbol = "BTC-25DEC26-80000-P"
side = "short"
contracts = "5"
entry_price = "0.03"
implied_volatility = "0.55"
underlying_price = "90300"

[[position]]
symbol = "BTC-PERPETUAL"
side = "short"
contracts = "90000"
entry_price = "91000"
mark_price = "90000"
"""


def left_in_modules(*arguments: str) -> set[str]:
    """Return the top-level packages that `ringfence <arguments>` has imported by its end."""
    command = [sys.executable, "-c", REPORT, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    imported: list[str] = json.loads(done.stdout.splitlines()[-1])
    assert "ringfence" in imported
    return set(imported)


def test_help_imports_no_number_library() -> None:
    assert left_in_modules("--help").isdisjoint(HEAVY | {"numpy"})


def test_margin_of_a_small_book_imports_no_heavy_library() -> None:
    assert left_in_modules("margin", "examples/books/two_position.toml").isdisjoint(HEAVY)


def test_margin_of_a_small_option_book_compiles_nothing(tmp_path: Path) -> None:
    book = tmp_path / "options.toml"
    book.write_text(OPTIONS, encoding="utf-8")
    assert left_in_modules("margin", str(book)).isdisjoint({"numba", "llvmlite"})


def test_a_page_imports_none_either_and_an_image_only_its_painter(tmp_path: Path) -> None:
    book = "examples/books/two_position.toml"
    page = left_in_modules("contrast", book, "--format", "html", "-o", str(tmp_path / "page.html"))
    assert page.isdisjoint(HEAVY)
    image = left_in_modules("margin", book, "--format", "png", "-o", str(tmp_path / "image.png"))
    assert image & HEAVY == {"matplotlib"}
