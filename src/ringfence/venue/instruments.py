"""From a symbol, in whatever spelling, to the contract it names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ringfence.book import Instrument
from ringfence.core.errors import BookError, nearest
from ringfence.venue import kinds
from ringfence.venue.pack import Facts, RulePack

_UNIFIED = re.compile(
    r"(?P<base>[A-Za-z0-9:-]+)/(?P<quote>[A-Z0-9]+):(?P<settle>[A-Z0-9]+)"
    r"(?:-(?P<expiry>\d{6})(?:-(?P<strike>\d+(?:\.\d+)?)-(?P<right>[CP]))?)?"
)

_OPTION_LIKE = re.compile(
    r"(?P<coin>[A-Za-z0-9]+)\S*?-(?P<expiry>\d{6}|\d{1,2}[A-Za-z]{3}\d{2})"
    r"-(?P<strike>\d+(?:[.d_]\d+)?)(?:-(?P<right>[A-Za-z]+))?"
)
"""What was meant to name an option."""

_LIKENESS_MIN = 0.8
"""Symbols of one venue look alike: a looser match would name another coin."""


def families(rules: RulePack) -> list[kinds.Family]:
    """Return the families of contracts on this day, those for named coins first."""
    found = [family for family in rules.lists["family"] if isinstance(family, kinds.Family)]
    return sorted(found, key=lambda family: not family.bases)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a symbol says beside its coins: YYMMDD, strike and C or P."""

    expiry: str | None = None
    strike: str | None = None
    right: str | None = None

    @property
    def kind(self) -> str:
        return "option" if self.strike else "dated" if self.expiry else "open"

    def written(self) -> str:
        """Return it as the end of a unified symbol."""
        strike = f"-{_plain(self.strike)}-{self.right}" if self.strike else ""
        return f"-{self.expiry}{strike}" if self.expiry else ""


def _plain(strike: str) -> str:
    return f"{Decimal(strike).normalize():f}"


def _made(
    rules: RulePack, family: kinds.Family, base: str, quote: str, settle: str, terms: _Terms
) -> Instrument:
    return Instrument(
        symbol=f"{base}/{quote}:{settle}{terms.written()}",
        underlying=rules.asset(base),
        quote=quote,
        settle=settle,
        payoff=family.kind_of_payoff,
        contract_size=family.contract_size,
        tick=family.tick,
        expiry=_day(terms.expiry) if terms.expiry else None,
        expiry_hour=family.expiry_hour,
        strike=Decimal(_plain(terms.strike)) if terms.strike else None,
        right=("call" if terms.right == "C" else "put") if terms.strike else None,
    )


def _filled(template: str, base: str, quote: str) -> str:
    return template.replace("{base}", base).replace("{quote}", quote)


def resolve_instrument(symbol: str, rules: RulePack, where: str) -> Instrument:
    """Return the contract that a symbol names: ccxt's unified spelling or the venue's own.

    Raises:
        BookError: the pack has no family of contracts that fits.

    """
    unified = _UNIFIED.fullmatch(symbol)
    for family in families(rules):
        if unified:
            base, quote, settle = (rules.asset(unified[name]) for name in ("base", "quote", "settle"))
            terms = _Terms(unified["expiry"], unified["strike"], unified["right"])
            fits = quote in _choices(family.quote) and settle == _filled(family.settle, base, quote)
        else:
            native = re.fullmatch(family.native, symbol)
            if native is None:
                continue
            groups = native.groupdict()
            base = rules.asset(groups["base"])
            quote = rules.asset(groups.get("quote") or _choices(family.quote)[0])
            settle, terms, fits = _filled(family.settle, base, quote), _terms(groups), True
        fits = fits and _may_be(family, terms)
        if fits and (not family.bases or base in family.bases) and (not terms.expiry or _day(terms.expiry)):
            return _made(rules, family, base, quote, settle, terms)
    raise _unknown(symbol, rules, where)


def _may_be(family: kinds.Family, terms: _Terms) -> bool:
    return (family.kind_of_payoff == "option") == (terms.kind == "option")


def _terms(groups: Mapping[str, str | None]) -> _Terms:
    """Return what the venue's own symbol says beside its coins; a strike may have a d for its point (0d5).

    A group ``thousandths`` is a strike counted in thousandths.
    """
    strike, right = groups.get("strike"), groups.get("right")
    thousandths = groups.get("thousandths")
    if thousandths:
        strike = _plain(str(Decimal(thousandths) / 1000))
    return _Terms(
        _expiry(groups.get("expiry")),
        strike.replace("d", ".").replace("_", ".") if strike else None,
        right[0].upper() if right else None,
    )


def _unknown(symbol: str, rules: RulePack, where: str) -> BookError:
    """Return the complaint about a symbol, with the one that was most likely meant."""
    offered = sorted({f"{_choices(f.quote)[0]}-quoted {f.kind_of_payoff}" for f in families(rules)})
    fault = f"{rules.venue.id} has no contract {symbol!r}; it has {' and '.join(offered) or 'no'} contracts"
    option = _OPTION_LIKE.fullmatch(symbol)
    if option is not None and any(f.kind_of_payoff == "option" for f in families(rules)):
        return _unknown_option(option, rules, where, fault)
    meant = _meant(symbol, rules)
    remedy = f"Did you mean {meant!r}? " if meant else ""
    return BookError(
        where, fault, f"{remedy}Write the symbol as ccxt or the venue does, or describe it as [[instrument]]"
    )


def _unknown_option(option: re.Match[str], rules: RulePack, where: str, fault: str) -> BookError:
    """Return the complaint about the symbol of an option: what of it is wrong, and how it would be written."""
    expiry, right = _expiry(option["expiry"].upper()) or "", (option["right"] or "").upper()
    if _day(expiry) is None:
        said = f"{option['expiry']} in {option[0]!r} is no day"
        return BookError(where, said, "Write the expiry as 251226 or 26DEC25")
    if right not in {"C", "P", "CALL", "PUT"}:
        said = f"{option[0]!r} ends in {option['right']!r}" if right else f"{option[0]!r} ends in its strike"
        return BookError(
            where, f"{said}, which is neither C nor P", "End it in -C for a call or -P for a put"
        )
    terms = _Terms(expiry, option["strike"].replace("d", ".").replace("_", "."), right[0])
    coin = rules.asset(option["coin"].upper())
    written = [
        f"{coin}/{quote}:{_filled(family.settle, coin, quote)}{terms.written()}"
        for family in families(rules)
        if family.kind_of_payoff == "option" and (not family.bases or coin in family.bases)
        for quote in _choices(family.quote)[:1]
    ]
    remedy = f"Did you mean {' or '.join(map(repr, written))}? " if written else ""
    return BookError(
        where, fault, f"{remedy}Write the symbol as ccxt or the venue does, or describe it as [[instrument]]"
    )


def _meant(symbol: str, rules: RulePack) -> str | None:
    """Return the coin of a symbol in a contract of the venue, or else the pack's symbol that looks most like it."""
    base, divider, _ = symbol.upper().partition("/" if "/" in symbol else "-")
    for family in families(rules):
        if divider and base.isalnum() and (not family.bases or base in family.bases):
            quote = _choices(family.quote)[0]
            return f"{base}/{quote}:{_filled(family.settle, base, quote)}"
    spellings: dict[str, str] = {}
    for known in (known for rows in rules.lists.values() for entry in rows for known in entry.symbols):
        pair, _, settle = known.partition(":")
        spellings |= {_letters(pair): known, _letters(pair + settle): known}
    near = nearest(_letters(symbol), spellings, _LIKENESS_MIN)
    return spellings[near] if near else None


def _letters(symbol: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", symbol.upper())


def _choices(quote: str) -> list[str]:
    return quote.split("|")


_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def _expiry(text: str | None) -> str | None:
    """Return an expiry as YYMMDD from YYMMDD or from DMMMYY (29DEC23)."""
    day = re.fullmatch(r"(\d{1,2})([A-Z]{3})(\d{2})", text or "")
    return f"{day[3]}{_MONTHS.index(day[2]) + 1:02}{int(day[1]):02}" if day and day[2] in _MONTHS else text


def _day(expiry: str) -> date | None:
    """Return the day that YYMMDD means, or None where it is none."""
    try:
        return date(2000 + int(expiry[:2]), int(expiry[2:4]), int(expiry[4:]))
    except ValueError:
        return None


def facts_of(instrument: Instrument, margin_mode: str, opened: datetime | None = None) -> Facts:
    """Return what rules may ask about a position in this contract."""
    return Facts(
        symbol=instrument.symbol,
        payoff=instrument.payoff,
        settle=instrument.settle,
        margin_mode=margin_mode,
        opened=opened,
        underlying=instrument.underlying,
        contract=_contract(instrument),
    )


def _contract(instrument: Instrument) -> str:
    if instrument.is_paid_for:
        return instrument.payoff
    return "dated" if instrument.expiry is not None else "perpetual"


def deployer_of(symbol: str) -> str:
    """Return whose exchange a unified symbol trades on: "" for the venue's own (XYZ-AAPL/USDC:USDC: XYZ)."""
    return symbol.partition("/")[0].rpartition("-")[0]


def size_of(
    instrument: Instrument,
    given: Decimal | None,
    where: str,
    remedy: str = "Add contract_size = ... to the position",
) -> Decimal:
    """Return the contract size that the book gives, or else the pack's.

    Args:
        instrument: the contract.
        given: what the book says.
        where: what asks, for a complaint.
        remedy: how to mend it where neither says.

    Raises:
        BookError: neither says.

    """
    size = given if given is not None else instrument.contract_size
    if size is None:
        raise BookError(
            where,
            f"the contract size of {instrument.symbol} differs by symbol and is not in the pack",
            remedy,
        )
    return size
