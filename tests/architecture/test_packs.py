"""What a pack can say is said by some pack, and what the packs say is held by vectors.

The vectors run once with an ear at the door where the engine asks a pack for its rules, so that "has a case"
means: the engine asked for this very entry while it ran one.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import wraps
from typing import Any, get_args, get_type_hints

import pytest
from msgspec import Struct

from ringfence.cli.cases import run_file
from ringfence.margin.netting import charges, requirement
from ringfence.venue import find_pack, instruments, kinds, offsets, pack_ids
from ringfence.venue.loader import slot_of
from ringfence.venue.pack import LIST_NAMES, RulePack
from tests.architecture.source import ROOT

VENUES = ROOT / "tests" / "venues"
INVENTED = {"exampex"}
VECTORS = {path.stem: path for folder in (ROOT, VENUES) for path in (folder / "vectors").glob("*.toml")}

LITERATURE = "literature"
"""The vector file of the model's formulas: it is of no venue."""

UNASKED: dict[type[kinds.Entry], str] = {
    kinds.FundingPot: "who pays the funding is told to the reader; on paths the pool that holds the position pays it",
}
"""Kinds that the engine does not ask for, and why."""


@pytest.fixture(scope="module", autouse=True)
def packs() -> Iterator[None]:
    """Put the invented pack beside those that ship."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(VENUES))
        yield


def entries_of(pack: str) -> Iterator[tuple[str, int, kinds.Entry]]:
    file = find_pack(pack)
    for name in LIST_NAMES:
        for number, entry in enumerate(getattr(file, name), start=1):
            yield name, number, entry


def structs_in(value: object) -> Iterator[Struct]:
    """Yield every record within a pack, whatever it stands in."""
    if isinstance(value, Struct):
        yield value
        for name in value.__struct_fields__:
            yield from structs_in(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from structs_in(item)


def records_of(hint: Any) -> set[type[Struct]]:
    """Return every type of record that a type of field can hold, whatever they stand in."""
    if not (isinstance(hint, type) and issubclass(hint, Struct)):
        return {found for part in get_args(hint) for found in records_of(part)}
    inner = get_type_hints(hint, include_extras=True).values()
    return {hint} | {found for part in inner for found in records_of(part)}


def every_kind() -> set[type[Struct]]:
    """Return the kinds of rule: entries of a pack, and what stands inside them: steps, charges, scenarios, rows."""
    hints = get_type_hints(kinds.PackFile, include_extras=True)
    return {found for name in LIST_NAMES for found in records_of(hints[name])}


# --- used -------------------------------------------------------------------------------------------


def test_every_kind_of_rule_is_used_by_some_pack() -> None:
    used = {
        type(record)
        for pack in pack_ids()
        for _, _, entry in entries_of(pack)
        for record in structs_in(entry)
    }
    assert every_kind() - used == set()


def test_every_list_of_a_pack_file_is_read() -> None:
    head = {"schema", "venue", "source", "include"}
    assert set(kinds.PackFile.__struct_fields__) - head == set(LIST_NAMES)


# --- held by vectors --------------------------------------------------------------------------------


class Ear:
    """The entries that the engine asked for."""

    def __init__(self) -> None:
        self.heard: list[Struct] = []  # kept alive, so that no other entry takes an identity
        self.ids: set[int] = set()

    def hear(self, entry: object) -> None:
        if isinstance(entry, Struct) and id(entry) not in self.ids:
            self.heard.append(entry)
            self.ids.add(id(entry))

    def at(self, patch: pytest.MonkeyPatch) -> None:
        """Listen to every question that a pack answers with an entry, a mode or a family of contracts."""
        for name in ("_pick", "collateral", "debt"):
            patch.setattr(RulePack, name, self._overheard(getattr(RulePack, name)))
        patch.setattr(requirement, "charge_node", self._charge(charges.charge_node))
        patch.setattr(RulePack, "fee", self._fee(RulePack.fee))
        patch.setattr(instruments, "_made", self._family(instruments._made))  # noqa: SLF001 - where a family is taken

    def _overheard(self, answer: Any) -> Any:
        @wraps(answer)
        def listening(pack: RulePack, *asked: Any, **named: Any) -> Any:
            entry = answer(pack, *asked, **named)
            self.hear(entry)
            self.hear(pack.account_mode)
            return entry

        return listening

    def _fee(self, answer: Any) -> Any:
        @wraps(answer)
        def listening(pack: RulePack, name: str, facts: Any) -> Any:
            found = answer(pack, name, facts)
            for row in pack.lists["fee"]:
                if found is not None and (getattr(row, name, None), row.source) == found:
                    self.hear(row)
            return found

        return listening

    def _charge(self, node: Any) -> Any:
        @wraps(node)
        def listening(rule: offsets.ChargeRule, unit: Any) -> Any:
            self.hear(rule)
            return node(rule, unit)

        return listening

    def _family(self, made: Any) -> Any:
        @wraps(made)
        def listening(rules: RulePack, family: kinds.Family, *rest: Any) -> Any:
            self.hear(family)
            return made(rules, family, *rest)

        return listening


@pytest.fixture(scope="module")
def asked(packs: None) -> Ear:  # noqa: ARG001 - the packs must be there first
    """Return what the engine asked for while it ran every vector."""
    ear = Ear()
    with pytest.MonkeyPatch.context() as patch:
        ear.at(patch)
        for path in VECTORS.values():
            for _ in run_file(path):
                pass
    return ear


@pytest.mark.parametrize("pack", [*(p for p in pack_ids() if p not in INVENTED), *sorted(INVENTED)])
def test_every_pack_has_a_vector_file(pack: str) -> None:
    assert pack in VECTORS
    assert VECTORS[pack].parent == (VENUES if pack in INVENTED else ROOT) / "vectors"


def test_every_vector_file_but_that_of_the_literature_is_of_a_pack() -> None:
    assert set(VECTORS) == {*pack_ids(), LITERATURE}


def test_every_kind_of_rule_has_a_case(asked: Ear) -> None:
    inside = {type(record) for entry in asked.heard for record in structs_in(entry)}
    charges = set(get_args(offsets.ChargeRule))  # asked one by one, not with the model they stand in
    heard = (inside - charges) | {type(entry) for entry in asked.heard}
    assert every_kind() - heard == set(UNASKED)


def is_taken_over(entry: kinds.Entry) -> bool:
    """Return whether an entry stands in another pack, whose own cases hold it."""
    return "/" in entry.source


@pytest.mark.parametrize("pack", sorted(set(VECTORS) - {LITERATURE}))
def test_every_dated_change_has_a_case_on_both_sides(pack: str, asked: Ear) -> None:
    histories: dict[tuple[object, ...], list[tuple[str, kinds.Entry]]] = defaultdict(list)
    for name, number, entry in entries_of(pack):
        if type(entry) not in UNASKED and not is_taken_over(entry):
            histories[slot_of(name, entry)].append((f"{name} {number}", entry))
    changes = [history for history in histories.values() if len(history) > 1]
    silent = {rule for history in changes for rule, entry in history if id(entry) not in asked.ids}
    assert silent == set()


@pytest.mark.parametrize("pack", sorted(set(VECTORS) - {LITERATURE}))
def test_every_mechanism_of_a_pack_has_a_case(pack: str, asked: Ear) -> None:
    """Rows for one more symbol or asset may go without; whatever says how something is found may not."""
    silent = {
        f"{name} {number}"
        for name, number, entry in entries_of(pack)
        if name not in {"tiers", "collateral", "family", "fee"}
        and type(entry) not in UNASKED
        and not is_taken_over(entry)
        and id(entry) not in asked.ids
    }
    assert silent == set()
