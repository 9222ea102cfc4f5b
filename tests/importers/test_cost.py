"""A book pays for no shape: what reads dumps is imported when a dump is there, and only what reads its shape."""

import json
import subprocess
import sys
from pathlib import Path

from tests.importers import accounts

READ = """
import json, sys
import ringfence
ringfence.read(*sys.argv[1:])
print(json.dumps([name for name in sys.modules if name in ("sqlite3", "csv") or ".dumps." in name]))
"""


def imported(*paths: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", READ, *map(str, paths)], capture_output=True, text=True, check=True
    )
    return {name.rpartition(".")[2] for name in json.loads(done.stdout)}


def test_a_book_imports_no_reader_of_dumps() -> None:
    book = Path(__file__).parents[2] / "examples" / "books" / "two_position.toml"
    assert imported(book) == set()


def test_a_dump_imports_the_reader_of_its_family_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(accounts.hyperliquid_state()))
    found = imported(path)
    assert "hyperliquid" in found
    assert found.isdisjoint({"sqlite3", "csv", "binance", "okx", "freqtrade", "spreadsheet", "ccxt"})
