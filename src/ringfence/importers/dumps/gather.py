"""From several documents to the accounts they describe: every payload read, grouped, and checked for company."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ringfence.book import Reported
from ringfence.core.errors import BookError, InputError
from ringfence.importers.book_file import KEYS, snapshot_from
from ringfence.importers.dumps.account import Asked, Draft, drafted
from ringfence.importers.dumps.part import Part
from ringfence.importers.dumps.shapes import nearest_shape, read_rows
from ringfence.importers.dumps.unwrap import Payload, payloads
from ringfence.importers.fields import Fields
from ringfence.margin.snapshot import Holding, Snapshot


def read_dumps(documents: Sequence[tuple[str, object]], asked: Asked) -> Snapshot:
    """Return the accounts that dumps describe, with tables of the user's own beside them.

    Args:
        documents: name -> content.
        asked: what the command line adds.

    Raises:
        BookError: something is not recognised, contradicts itself, or is missing.

    """
    joined = " + ".join(dict.fromkeys(name for name, _ in documents))
    try:
        loot = Loot()
        for name, document in documents:
            loot.take(name, document)
        drafts = loot.drafts(asked)
    except InputError as fault:
        named = any(fault.where.startswith(name) for name, _ in documents)
        raise fault if named else fault.within(joined) from None
    return _snapshot(drafts, joined, loot.strange)


@dataclass(slots=True)
class Loot:
    """What several documents hold: payloads by account, the book file's keys beside them, names that nothing reads.

    payloads   account -> payloads; "" is what names no account, and belongs to all
    own        account -> keys of the book file
    empty      some answer was an empty list
    """

    payloads: dict[str, list[Payload]] = field(default_factory=dict)
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    empty: bool = False

    def take(self, name: str, document: object, account: str = "") -> None:
        """Take a document.

        Raises:
            BookError: it has no known shape, or a key of the book file stands twice.

        """
        if isinstance(document, Mapping) and isinstance(document.get("account"), list | tuple):
            self._take_accounts(name, document)
        elif isinstance(document, Mapping) and document and document.keys() <= KEYS:
            self._take_own(name, document, account)
        else:
            found, rest = payloads({"abstraction": document} if isinstance(document, str) else document, name)
            if not found and not rest.empty:
                raise _unknown(document, name)
            self.empty = self.empty or rest.empty
            self.payloads.setdefault(account, []).extend(found)
            self._take_own(name, rest.named, account)

    def _take_accounts(self, name: str, document: Mapping[str, Any]) -> None:
        """Take the dumps of several accounts that a document names."""
        for place, row in Fields(name, document).tables("account"):
            fields = Fields(place, row)
            account = fields.text("name", example="main")
            self.take(place, {key: value for key, value in row.items() if key != "name"}, account)
        self._take_own(name, {key: value for key, value in document.items() if key != "account"}, "")

    def _take_own(self, name: str, table: Mapping[str, Any], account: str) -> None:
        own = self.own.setdefault(account, {})
        for key, value in table.items():
            if key not in KEYS:
                self.strange.append(key)
            elif key in own:
                raise BookError(name, f"{key} stands twice", "Keep one of the two")
            else:
                own[key] = value

    def drafts(self, asked: Asked) -> dict[str, Draft]:
        """Return every account that the documents make."""
        made: dict[str, Draft] = {}
        shared = self.payloads.pop("", [])
        for account, found in (self.payloads or {"": []}).items():
            everything = [*found, *shared]
            parts = [part for payload in everything for part in _read(payload)]
            if self.empty and all(part.positions is None for part in parts):
                parts.append(Part(positions=[]))
            own = {**self.own.get("", {}), **self.own.get(account, {})}
            _part_exchanges(parts)
            inside = list(dict.fromkeys(part.account for part in parts if part.account)) or [""]
            for name in inside:
                _check_owner(payload for payload in everything if payload.account in {name, ""})
                mine = [part for part in parts if part.account in {name, ""}]
                made[account or name] = drafted(mine, own, asked)
        return made


def _part_exchanges(parts: Sequence[Part]) -> None:
    """Make an account of every exchange that keeps its collateral apart, where there are several."""
    exchanges = {part.exchange for part in parts if part.exchange}
    if len(exchanges) > 1 and not any(part.account_mode in {"unified", "portfolio"} for part in parts):
        for part in parts:
            part.account = part.account or part.exchange


def _read(payload: Payload) -> list[Part]:
    """Return what a payload says; rows of a spreadsheet that name several accounts are several parts."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in payload.rows:
        account = row.get("account") if payload.shape.id == "spreadsheet.positions" else None
        groups.setdefault(str(account or ""), []).append(row)
    parts = [read_rows(payload.shape, rows, payload.where, listed=payload.listed) for rows in groups.values()]
    for part in parts:
        part.at, part.more, part.account = payload.at, payload.more, part.account or payload.account
        if payload.more:
            part.notes.append(f"{payload.where}: the list goes on on another page (nextPageCursor)")
    return parts


def _check_owner(found: Iterable[Payload]) -> None:
    """Complain about payloads that name different accounts. What names them stays unsaid."""
    seen: dict[str, tuple[str, str]] = {}
    for payload in found:
        for kind, digest in payload.owners:
            first, where = seen.setdefault(kind, (digest, payload.where))
            if first != digest:
                raise BookError(
                    payload.where,
                    f"it is of another account than {where}: their {kind} differs",
                    "Read each account by itself",
                )


def _unknown(document: object, name: str) -> BookError:
    """Return the complaint about a document that has no known shape."""
    rows = [document] if isinstance(document, Mapping) else document
    tables = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []
    near = nearest_shape(tables)
    if near is None:
        return BookError(
            name,
            "it is neither a book file nor an answer whose shape is known here",
            "Name what fetch_positions() and fetch_balance() of ccxt return, or the venue's own answers",
        )
    shape, lacking = near
    missing = ", ".join(lacking)
    typed = shape.id.startswith("spreadsheet")
    remedy = f"Name a column {missing}, in its header" if typed else "Save the answer again, whole"
    return BookError(name, f"it looks like {shape.id}, but has no {missing}", remedy)


def _snapshot(drafts: Mapping[str, Draft], name: str, strange: Sequence[str]) -> Snapshot:
    """Return the accounts of some drafts, each with what the venue says of it."""
    if len(drafts) == 1:
        document = next(iter(drafts.values())).tables
    else:
        document = {"account": [{"name": account, **draft.tables} for account, draft in drafts.items()]}
    read = snapshot_from(document, name)
    holdings = tuple(
        _with_reported(holding, draft) for holding, draft in zip(read.holdings, drafts.values(), strict=True)
    )
    said = [f"keys not known here, left out: {', '.join(sorted(set(strange)))}"] if strange else []
    said += (note for draft in drafts.values() for note in draft.notes)
    return replace(read, holdings=holdings, warnings=(*read.warnings, *dict.fromkeys(said)))


def _with_reported(holding: Holding, draft: Draft) -> Holding:
    """Return a holding with what the venue says of it; positions stand in the order of the draft."""
    book = holding.book
    positions = {
        position.label: figures
        for position, figures in zip(book.positions, draft.figures, strict=True)
        if figures.stated()
    }
    whole = draft.whole if draft.whole.stated() else None
    reported = Reported(draft.sources, positions, draft.assets, whole)
    return replace(holding, reported=reported) if reported else holding
