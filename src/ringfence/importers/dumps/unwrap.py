"""From what a file holds to bare payloads: envelopes opened, frames turned, personal keys left at the door."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from ringfence.core.errors import BookError
from ringfence.core.exact import shortened
from ringfence.importers.dumps.shapes import Shape, shape_of

_NAMING = """uid user userid user_id mainuid accountid account_id account_number accountnumber address"""
_OF_A_PERSON = """sub_uid subuid memberid accountalias addresses wallet_address walletaddress ethereum_address
 deposit_address email username system_name referrer_id creation_timestamp ip clientorderid client_order_id chat_id
 subaccountuser master vaultaddress apikey api_key key secret passphrase password privatekey private_key token"""
_OF_AN_ENVELOPE = """retcode retmsg retextinfo time code msg message success jsonrpc id usin usout usdiff testnet arg
 channel stream nextpagecursor category requesttime servertime status type event result action schema index columns

 updated timestamp datetime ratelimits topic subject"""

OWNER = frozenset(_NAMING.split())
"""Keys that name an account: two values of one of them in one call are two accounts mixed by accident."""

PERSONAL = OWNER | frozenset(_OF_A_PERSON.split())
"""Keys that name a person, an account or a secret. They are dropped before anything else looks at a dump."""

_ENVELOPE = frozenset(_OF_AN_ENVELOPE.split())
"""Keys of envelopes that say nothing of an account."""

_CARRIERS = ("result", "data", "list", "response", "openPositions", "summaries", "subaccounts")
"""Keys under which an answer of a venue carries what was asked for."""

_WORDS = ("retMsg", "msg", "message", "response", "err-msg", "err_msg", "detail")
"""Keys under which a venue says in words what is wrong."""

_CLOCKS = ("time", "usOut", "timestamp")
_GOOD_CODES = {0, "0", 200, "200", "00000", "200000"}


@dataclass(frozen=True, slots=True)
class Payload:
    """Rows of one shape, as they came.

    listed   the rows came in a list, or by name
    account  the name that the dump gives the account
    at       when the venue answered, where it says so
    owners   kind of identifier -> a digest of it
    more     the list goes on on another page
    """

    where: str
    shape: Shape
    rows: tuple[Mapping[str, Any], ...]
    listed: bool
    account: str = ""
    at: datetime | None = None
    owners: tuple[tuple[str, str], ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is known of an envelope before what it carries is looked at."""

    where: str
    account: str = ""
    at: datetime | None = None
    owners: tuple[tuple[str, str], ...] = ()
    more: bool = False

    def payload(self, shape: Shape, rows: list[Mapping[str, Any]], *, listed: bool) -> Payload:
        """Return the payload that some rows of this answer are, without what is personal in them."""
        owners = tuple(sorted({*self.owners, *_owners(rows)}))
        clean = tuple(impersonal(rows))
        return Payload(self.where, shape, clean, listed, self.account, self.at, owners, self.more)

    def opened(self, part: Mapping[str, Any]) -> "_Answer":
        """Return what is known once an envelope is open: when it was sent, whose it is, whether more follows."""
        name = part.get("name")
        return replace(
            self,
            account=name if isinstance(name, str) else self.account,
            at=_instant(part) or self.at,
            owners=(*self.owners, *_owners({key: value for key, value in part.items() if not _holds(value)})),
            more=self.more or bool(part.get("nextPageCursor")),
        )


@dataclass(slots=True)
class Rest:
    """What stands in a dump beside its payloads: tables and words by name, and whether a list was empty."""

    named: dict[str, Any]
    empty: bool = False


def payloads(document: object, where: str) -> tuple[list[Payload], Rest]:
    """Return the payloads of a dump, and what stands beside them unrecognised.

    Raises:
        BookError: it is a venue's complaint and not an answer.

    """
    rest = Rest({})
    found = list(_opened(document, _Answer(where), rest))
    rest.named = impersonal(rest.named)
    return found, rest


def impersonal(part: object) -> Any:
    """Return a dump without its personal keys, at any depth."""
    if isinstance(part, Mapping):
        return {key: impersonal(value) for key, value in part.items() if not _is_personal(key, value)}
    return [impersonal(item) for item in part] if isinstance(part, list | tuple) else part


def _plain(key: object) -> str:
    return str(key).lower().replace("-", "_").replace(" ", "_")


def _is_personal(key: object, value: object) -> bool:
    """Return whether a key names a person, an account or a secret. A name that the holder gave is no number."""
    name = _plain(key)
    return not _holds(value) and (name in PERSONAL or (name == "account" and isinstance(value, int)))


def _holds(value: object) -> bool:
    """Return whether a value is a table, such as a websocket's envelope named ``user``, and no identifier."""
    return isinstance(value, Mapping | list)


def _owners(part: object) -> Iterator[tuple[str, str]]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            name = _plain(key)
            names_one = name in OWNER or (_is_personal(key, value) and name == "account")
            if names_one and isinstance(value, str | int) and str(value).strip():
                yield name, hashlib.sha256(str(value).encode()).hexdigest()
            elif _holds(value):
                yield from _owners(value)
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _owners(item)


def _opened(part: object, answer: _Answer, rest: Rest) -> Iterator[Payload]:
    rows = (_by_column(part) if isinstance(part, Mapping) else []) or _rows(part)
    shape = shape_of(rows) if rows else None
    if rows and shape is not None:
        at = _instant(part) if isinstance(part, Mapping) else None
        yield replace(answer, at=at or answer.at).payload(shape, rows, listed=rows != [part])
    elif isinstance(part, Mapping):
        _check_complaint(part, answer.where)
        yield from _carried(part, answer, rest)
    elif isinstance(part, list | tuple):
        rest.empty = rest.empty or not part
        yield from _listed(part, answer, rest)


def _listed(part: Sequence[object], answer: _Answer, rest: Rest) -> Iterator[Payload]:
    """Yield what the items of a list are.

    Raises:
        BookError: among payloads stands something that is no table.

    """
    stray = next((item for item in part if not _holds(item)), None)
    for number, item in enumerate(_neighbours(part), start=1):
        for found in _opened(item, replace(answer, where=f"{answer.where} {number}"), rest):
            if stray is not None:
                raise BookError(
                    answer.where, f"{shortened(stray)} stands among its rows", "Save the answer again"
                )
            yield found


def _neighbours(items: Iterable[object]) -> Iterator[object]:
    """Yield the items of a list, rows of one shape that follow each other as one list."""
    for shape, some in groupby(
        items, key=lambda item: shape_of([item]) if isinstance(item, Mapping) else None
    ):
        if shape is None or shape.alone:
            yield from some
        else:
            yield list(some)


def _rows(part: object) -> list[Mapping[str, Any]] | None:
    """Return the rows that a payload is: a list of them, or one alone."""
    if isinstance(part, Mapping):
        return [part]
    if isinstance(part, list | tuple) and part and all(isinstance(row, Mapping) for row in part):
        return list(part)
    return None


def _carried(part: Mapping[str, Any], answer: _Answer, rest: Rest) -> Iterator[Payload]:
    """Yield what a table carries: the answer in an envelope, rows by symbol, or several payloads by name."""
    named = _by_name(part)
    shape = shape_of(named)
    if shape is not None:
        yield answer.payload(shape, named, listed=True)
        return
    inside, taken = answer.opened(part), False
    for key, value in part.items():
        if not _holds(value):
            if value is not None and _plain(key) not in _ENVELOPE:
                rest.named[key] = value
            continue
        divider = ", " if ": " in answer.where else ": "
        where = answer.where if key in _CARRIERS else f"{answer.where}{divider}{key}"
        inner = Rest({})
        found = list(_opened(value, replace(inside, where=where), inner))
        yield from found
        taken = taken or bool(found)
        rest.empty = rest.empty or inner.empty
        if found or key in _CARRIERS:
            rest.named |= inner.named
        elif value and _plain(key) not in _ENVELOPE:
            rest.named[key] = value
    if taken and inside.account:
        rest.named.pop("name", None)


def _by_name(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of a table of rows, or of lists of rows, by symbol, each with its symbol.

    A symbol has a capital in it; the words of an envelope, "positions" or "balance", have none.
    """
    found: list[Mapping[str, Any]] = []
    for name, value in part.items():
        rows = _rows(value)
        if rows is None or str(name).islower() or name in _CARRIERS:
            return []
        found += [{"symbol": name, **row} for row in rows]
    return found


def _by_column(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of a frame: column -> list, column -> {index: value}, or split into columns and data.

    An index is a number; a table of amounts by asset is no frame, and neither is one of lists of tables.
    """
    if isinstance(part.get("columns"), list) and isinstance(part.get("data"), list):
        return [
            dict(zip(part["columns"], row, strict=False)) for row in part["data"] if isinstance(row, list)
        ]
    columns = list(part.values())
    if columns and all(isinstance(column, Mapping) for column in columns):
        names = list(columns[0])
        if all(str(name).isdecimal() for name in names) and all(list(column) == names for column in columns):
            return [{key: part[key][name] for key in part} for name in names]
    if not columns or not all(
        isinstance(column, list) and len(column) == len(columns[0]) for column in columns
    ):
        return []
    if all(_holds(value) for column in columns for value in column):
        return []
    return [dict(zip(part, row, strict=True)) for row in zip(*columns, strict=True)]


def _instant(part: Mapping[str, Any]) -> datetime | None:
    """Return when an envelope was sent, from milliseconds or microseconds since 1970."""
    for key in _CLOCKS:
        value = part.get(key)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            for scale in (1_000, 1_000_000):
                seconds = int(value) / scale
                if 10**9 <= seconds < 4 * 10**9:
                    return datetime.fromtimestamp(int(seconds), UTC)
    return None


def _check_complaint(part: Mapping[str, Any], where: str) -> None:
    """Complain about a venue's refusal that was saved in place of its answer.

    Raises:
        BookError: it is one.

    """
    for key in ("retCode", "code"):
        code = part.get(key)
        if isinstance(code, str | int) and code not in _GOOD_CODES:
            raise _refusal(where, code, part)
    fault = part.get("error")
    if fault and not any(_holds(part.get(key)) for key in _CARRIERS):
        inner = fault if isinstance(fault, Mapping) else {}
        raise _refusal(where, inner.get("code", inner.get("name", fault)), inner)
    faults = part.get("errors")
    if isinstance(faults, list) and faults and not any(_holds(part.get(key)) for key in _CARRIERS):
        inner = faults[0] if isinstance(faults[0], Mapping) else {}
        raise _refusal(where, inner.get("code", "errors" if inner else faults[0]), inner)
    states = [part.get("status"), part.get("result")]
    if "error" in states or "err" in states or part.get("success") is False:
        raise _refusal(where, part.get("err-code", part.get("err_code", "error")), part)
    if isinstance(part.get("label"), str) and set(part) <= {"label", "message", "detail"}:
        raise _refusal(where, part["label"], part)


def _refusal(where: str, code: object, part: Mapping[str, Any]) -> BookError:
    words = [part.get(key) for key in _WORDS]
    said = next((str(word) for word in words if word and isinstance(word, str)), "")
    text = f"{code}: {shortened(said)}" if said else shortened(code)
    return BookError(
        where,
        f"the venue answered with an error ({text}), and that was saved in place of the account",
        "Ask the venue again, with a key that may read, and save the new answer",
    )
