"""A mistake in a venue file is found when it is loaded, with its place and its remedy."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ringfence.core.errors import RulePackError
from ringfence.venue import RulePack, find_pack, load, pack_ids
from ringfence.venue.pack import Facts
from tests.unit.venue.packs import SOUND, broken, changed

BTC = Facts("BTC/USDT:USDT", "linear", "USDT", "cross")
Load = Callable[[str], RulePack]


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads a venue file from a folder of one's own."""

    def from_text(text: str) -> RulePack:
        (tmp_path / "tiny.toml").write_text(text, encoding="utf-8")
        return load("tiny")

    monkeypatch.setenv("RINGFENCE_PACKS", str(tmp_path))
    return from_text


def test_the_file_that_the_others_break_is_sound(loaded: Load) -> None:
    rules = loaded(SOUND)
    ladder = rules.ladder(BTC)
    assert ladder is not None
    assert [rung.deduction for rung in ladder.rungs] == [Decimal(0), Decimal(10), Decimal(160)]
    assert find_pack("tn").venue.id == "tiny"


# (what is wrong, the file, where in it, what the message says, how it is mended)
FAULTS: list[tuple[str, str, str, str, str]] = [
    ("no TOML", broken("schema = 1", "schema = "), "", "not valid TOML", "the line it names"),
    ("another schema", broken("schema = 1", "schema = 2"), "schema", "2", ""),
    ("a table missing", broken("[[trigger]]", "[[display]]"), "display 1", "unknown key 'compare'", ""),
    # --- keys and words ----------------------------------------------------------------------------
    (
        "an unknown list",
        changed("requirment", 'kind = "leverage"'),
        "",
        "unknown key 'requirment'",
        "'requirement'",
    ),
    (
        "an unknown key",
        broken('compare = "at_or_below"', 'compare = "below"\ncompair = 1'),
        "trigger 1",
        "unknown key 'compair'",
        "'compare'",
    ),
    (
        "an unknown key of a row",
        broken("{ floor = 0, cap = 1000", "{ floor = 0, kap = 1000"),
        "tiers 1, row 1",
        "unknown key 'kap'",
        "'cap'",
    ),
    (
        "an unknown kind",
        broken('kind = "tiers"', 'kind = "teirs"'),
        "requirement 2, kind",
        "'teirs'",
        "'tiers'",
    ),
    (
        "an unknown step",
        broken('do = "take_over"', 'do = "takeover"'),
        "procedure 1, step 3, do",
        "'takeover'",
        "'take_over'",
    ),
    ("an unknown word", broken('unit = "quote"', 'unit = "qoute"'), "tiers 1, unit", "'qoute'", "'quote'"),
    ("a key missing", broken('unit = "quote"\n', ""), "tiers 1", "unit is missing", "Add unit"),
    # --- numbers -----------------------------------------------------------------------------------
    (
        "a word for a number",
        broken("contract_size = 1", 'contract_size = "one"'),
        "family 1, contract_size",
        "'one' is not a number",
        "",
    ),
    (
        "a number that is none",
        broken("contract_size = 1", "contract_size = nan"),
        "family 1, contract_size",
        "not a finite number",
        "",
    ),
    (
        "a size of zero",
        broken("contract_size = 1", "contract_size = 0"),
        "family 1, contract_size",
        "0 is not above zero",
        "",
    ),
    (
        "a rate in percent",
        broken("maintenance_rate = 0.05", "maintenance_rate = 5"),
        "tiers 1, row 3, maintenance_rate",
        "5 is not a fraction from 0 to 1",
        "0.4 % is 0.004",
    ),
    (
        "a fee in percent",
        broken("taker = 0.0005", "taker = 5"),
        "fee 1, taker",
        "5 is not a fraction",
        "0.05 %",
    ),
    (
        "a ratio above one",
        broken("ratio = 0.95", "ratio = 95"),
        "collateral 1, band 1, ratio",
        "95 is not",
        "",
    ),
    (
        "a step without an end",
        changed("requirement", 'kind = "step"', "base = 0", "base_limit = 0", "step = 0", "rate_step = 0"),
        "requirement 3, step",
        "0 is not above zero",
        "",
    ),
    # --- sources -----------------------------------------------------------------------------------
    (
        "a source that is not there",
        broken('taker = 0.0005\nsource = "rules"', 'taker = 0.0005\nsource = "rule"'),
        "fee 1",
        "there is no [source.rule]",
        "'rules'",
    ),
    (
        "a source that nobody names",
        SOUND + '[source.idle]\ntitle = "x"\nurl = "y"\nread_on = 2026-01-01\n',
        "source idle",
        "no rule names it",
        "delete",
    ),
    ("a source without a day", broken("read_on = 2026-11-01\n", ""), "source", "read_on is missing", ""),
    # --- days --------------------------------------------------------------------------------------
    (
        "two entries of one day",
        changed("fee", "taker = 0.001"),
        "fee 2 in force 2024-01-01",
        "another entry begins that day",
        "one of them",
    ),
    (
        "a gap between entries",
        broken("taker = 0.0005", "until = 2024-06-01\ntaker = 0.0005")
        + "\n[[fee]]\ntaker = 0.001\nsource = 'rules'\nin_force = 2024-07-01\n",
        "fee 2 in force 2024-07-01",
        "a gap since 2024-06-01",
        "where the last one ends",
    ),
    (
        "an overlap of entries",
        broken("taker = 0.0005", "until = 2024-06-01\ntaker = 0.0005")
        + "\n[[fee]]\ntaker = 0.001\nsource = 'rules'\nin_force = 2024-05-01\n",
        "fee 2 in force 2024-05-01",
        "overlaps the entry that lasts until 2024-06-01",
        "earlier",
    ),
    (
        "an end before the beginning",
        broken("taker = 0.0005", "until = 2023-01-01\ntaker = 0.0005"),
        "fee 1",
        "`until` is not after `in_force`",
        "one of the two",
    ),
    (
        "no mode on the first day",
        broken("begins = 2024-01-01", "begins = 2023-01-01"),
        "mode",
        "none is in force on 2023-01-01",
        "",
    ),
    ("a word for a day", broken("begins = 2024-01-01", 'begins = "soon"'), "venue, begins", "'soon'", ""),
    # --- tiers -------------------------------------------------------------------------------------
    (
        "a mistyped deduction",
        broken("deduction = 160", "deduction = 16"),
        "tiers 1, row 3 from 5000",
        "is 16 but the rates imply 160",
        "compare the source",
    ),
    (
        "a mistyped rate",
        broken("maintenance_rate = 0.02", "maintenance_rate = 0.03"),
        "tiers 1, row 2 from 1000",
        "is 10 but the rates imply 20",
        "compare the source",
    ),
    (
        "a gap between rows",
        broken("cap = 1000,", "cap = 900,"),
        "tiers 1, row 2 from 1000",
        "a gap after 900",
        "ends",
    ),
    (
        "an overlap of rows",
        broken("cap = 1000,", "cap = 1100,"),
        "tiers 1, row 2 from 1000",
        "an overlap after 1100",
        "ends",
    ),
    (
        "rows out of order",
        broken("{ floor = 5000,", "{ floor = 500,"),
        "tiers 1, row 3 from 500",
        "it does not begin above 1000",
        "Sort",
    ),
    (
        "a first row above zero",
        broken("{ floor = 0,", "{ floor = 10,"),
        "tiers 1, row 1 from 10",
        "sizes below it have no tier",
        "floor = 0",
    ),
    (
        "a rate that falls",
        broken("maintenance_rate = 0.05, deduction = 160", "maintenance_rate = 0.001"),
        "tiers 1, row 3 from 5000",
        "its maintenance rate is below",
        "both rows",
    ),
    (
        "a leverage that rises",
        broken("max_leverage = 10 }", "max_leverage = 100 }"),
        "tiers 1, row 3 from 5000",
        "its initial rate is below",
        "both rows",
    ),
    (
        "a row that states nothing",
        broken("maintenance_rate = 0.05, deduction = 160, max_leverage = 10", "cap = 9000"),
        "tiers 1, row 3 from 5000",
        "it states no rate",
        "maintenance_rate",
    ),
    (
        "no rows",
        changed("tiers", 'symbols = ["X"]', 'unit = "coin"', "rows = []"),
        "tiers 2",
        "no rows",
        "floor = 0",
    ),
    (
        "a table that goes on from nowhere",
        broken(
            'unit = "quote"',
            'unit = "quote"\nbeyond = { size_step = 1, maintenance_step = 0, initial_step = 0.1 }',
        ),
        "tiers 1",
        "`beyond` needs a cap",
        "Add it",
    ),
    (
        "a table that never ends",
        changed(
            "tiers",
            'symbols = ["X"]',
            'unit = "coin"',
            "rows = [{ floor = 0, cap = 1, max_leverage = 50 }]",
            "beyond = { size_step = 1, maintenance_step = 0, initial_step = 0.00001 }",
        ),
        "tiers 2",
        "more than 2000 rows",
        "its steps",
    ),
    (
        "bands out of order",
        broken("{ ratio = 0.5 }", "{ cap = 0.5, ratio = 0.5 }"),
        "collateral 1",
        "a band does not end above the one before",
        "Sort",
    ),
    # --- identity ----------------------------------------------------------------------------------
    (
        "another file's name",
        broken('id = "tiny"', 'id = "small"'),
        "venue, id",
        "'small' is not the file's name",
        "tiny",
    ),
    (
        "no regular expression",
        broken("(?P<base>[A-Z]+)-PERP", "(?P<base>[A-Z]+-PERP"),
        "family 1",
        "not a regular expression",
        "",
    ),
    (
        "a symbol without a coin",
        broken("(?P<base>[A-Z]+)-PERP", "([A-Z]+)-PERP"),
        "family 1",
        "no group named base",
        "(?P<base>",
    ),
]


@pytest.mark.parametrize(
    ("text", "where", "fault", "remedy"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_a_broken_file_is_refused_at_its_place(
    text: str, where: str, fault: str, remedy: str, loaded: Load
) -> None:
    with pytest.raises(RulePackError) as refused:
        loaded(text)
    assert refused.value.where == (f"tiny.toml, {where}" if where else "tiny.toml")
    assert fault in refused.value.fault
    assert remedy in refused.value.remedy
    assert refused.value.remedy


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny.toml").mkdir()
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("RINGFENCE_PACKS", str(tmp_path))
    for pack, fault in (("tiny", "Is a directory"), ("other", "not valid TOML")):
        with pytest.raises(RulePackError, match=fault):
            load(pack)


def test_a_folder_that_is_not_there_is_named_where_a_pack_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", "/no/such/folder")
    assert "okx" in pack_ids()
    with pytest.raises(RulePackError, match="RINGFENCE_PACKS names what is no folder: /no/such/folder"):
        load("tiny")


def test_a_later_entry_holds_from_its_day_and_one_that_ends_to_the_day_before(loaded: Load) -> None:
    loaded(
        broken("taker = 0.0005", "until = 2024-06-01\ntaker = 0.0005")
        + "\n[[fee]]\ntaker = 0.001\nsource = 'rules'\nin_force = 2024-06-01\nuntil = 2025-01-01\n"
    )
    rates = [
        load("tiny", date(*day)).fee("taker", BTC)
        for day in ((2024, 5, 31), (2024, 6, 1), (2024, 12, 31), (2025, 1, 1))
    ]
    assert [rate and rate[0] for rate in rates] == [
        Decimal("0.0005"),
        Decimal("0.001"),
        Decimal("0.001"),
        None,
    ]


def test_a_day_before_the_pack_and_an_unknown_mode_are_refused(loaded: Load) -> None:
    loaded(SOUND)
    with pytest.raises(RulePackError, match="begins on 2024-01-01"):
        load("tiny", date(2023, 12, 31))
    with pytest.raises(RulePackError, match="Did you mean 'standard'"):
        load("tiny", None, "standart")


def test_rules_once_loaded_are_kept_and_those_of_other_folders_are_not_mixed_up(
    loaded: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = loaded(SOUND)
    assert load("tiny") is rules
    other = tmp_path / "other"
    other.mkdir()
    (other / "tiny.toml").write_text(broken("taker = 0.0005", "taker = 0.0009"), encoding="utf-8")
    monkeypatch.setenv("RINGFENCE_PACKS", str(other))
    fee = load("tiny").fee("taker", BTC)
    assert fee is not None
    assert fee[0] == Decimal("0.0009")


SHARE = """
[[include]]
pack = "binance-usdm"
lists = ["family", "tiers", "fee"]
payoff = "linear"
"""


def test_a_pack_takes_over_entries_of_another_under_its_pages(loaded: Load) -> None:
    own = SOUND.replace("[[mode]]", SHARE + "\n[[mode]]", 1).replace(
        "[[fee]]\ntaker = 0.0005", "[[fee]]\nmaker = 0.1"
    )
    rules = loaded(own.replace('symbols = ["BTC/USDT:USDT"]', 'symbols = ["ABC/USDT:USDT"]'))
    ladder = rules.ladder(BTC)
    assert ladder is not None
    assert rules.page("binance-usdm/fees").startswith("https://")
    assert all(row.payoff == "linear" for row in rules.lists["tiers"] if "/" in row.source)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"binance-usdm"', '"binance-usdx"', "there is no other pack binance-usdx"),
        ('"binance-usdm"', '"tiny"', "there is no other pack tiny"),
        ('"tiers"', '"teirs"', "packs have no list 'teirs'"),
    ],
)
def test_what_cannot_be_taken_over_is_named(loaded: Load, old: str, new: str, message: str) -> None:
    with pytest.raises(RulePackError, match=message):
        loaded(SOUND.replace("[[mode]]", SHARE.replace(old, new) + "\n[[mode]]", 1))
