"""``ringfence fetch EXCHANGE``: an account through ccxt, with read-only keys from the environment.

This is the one place that reaches a network, through ccxt, and the one that reads keys. They are given to ccxt
and to nothing else: not printed, not written.
"""

import os
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from ringfence.cli import options

CREDENTIALS: Final = {
    "apiKey": "RINGFENCE_API_KEY",
    "secret": "RINGFENCE_SECRET",
    "password": "RINGFENCE_PASSWORD",
    "uid": "RINGFENCE_UID",
    "walletAddress": "RINGFENCE_WALLET",
}
"""ccxt's name of a credential -> the variable it is read from. A private key could trade, and is never taken."""

_SETTINGS: Final = {"options": {"defaultType": "swap"}, "has": {"fetchCurrencies": False}}
"""Contracts, not the spot wallet; and no list of currencies, for which some exchanges want a key that may do more."""

_QUERY: Final = re.compile(r"\?\S*")
_SAID_MAX: Final = 200

ExchangeName = Annotated[
    str, typer.Argument(metavar="EXCHANGE", help="A venue (see: ringfence venues), or ccxt's name of it.")
]


def fetch(
    exchange: ExchangeName,
    on: options.On = None,
    margin_mode: options.MarginMode = None,
    output: options.Output = None,
) -> None:
    """Take an account from an exchange, read only, and write it as a book file.

    Keys come from the environment: RINGFENCE_API_KEY and RINGFENCE_SECRET, where the exchange wants them also
    RINGFENCE_PASSWORD (a passphrase) and RINGFENCE_UID, or RINGFENCE_WALLET (an address) where there are no
    keys. Make them read-only: nothing here needs more. They are neither shown nor stored.
    Needs ccxt: pip install "ringfence[live]".
    """
    from ringfence.core.errors import InputError
    from ringfence.importers.live import account_of, left_out
    from ringfence.importers.write import book_text
    from ringfence.venue import find_pack

    venue = find_pack(exchange).venue
    ccxt = _ccxt()
    name = _named(ccxt, [venue.id.replace("-", ""), *venue.aliases, exchange], exchange)
    answers = _answers(ccxt, name)
    chosen = None if margin_mode is None else margin_mode.value
    try:
        account = account_of(answers, venue=venue.id, margin_mode=chosen)
    except InputError as fault:
        raise fault.within(f"fetch {name}") from None
    snapshot = options.adjusted(account, on=on)
    options.write(book_text(snapshot, [f"{name}: {answer}" for answer in answers]), output)
    for warning in filter(None, (left_out(name), *snapshot.warnings)):
        typer.echo(f"ringfence: note: {warning}", err=True)


def _ccxt() -> Any:
    """Return the library.

    Raises:
        BookError: it is not installed.

    """
    from ringfence.core.errors import BookError

    try:
        return import_module("ccxt")
    except ImportError:
        raise BookError(
            "fetch",
            "it needs ccxt, which is not installed",
            'Install the extra: pip install "ringfence[live]"',
        ) from None


def _named(ccxt: Any, names: list[str], asked: str) -> str:
    """Return ccxt's name of an exchange; where it has one of its own for contracts, that one.

    Raises:
        BookError: ccxt has none.

    """
    from ringfence.core.errors import BookError

    for name in [*(f"{name}futures" for name in names), *names]:
        if name in ccxt.exchanges:
            return name
    raise BookError(
        f"fetch {asked}", "ccxt has no such exchange", "Save its answers and use ringfence import"
    )


def _answers(ccxt: Any, name: str) -> dict[str, Any]:
    """Return what an exchange answers.

    Raises:
        BookError: a key is missing or refused, the network failed, or the exchange complains.

    """
    from ringfence.core.errors import BookError
    from ringfence.importers.live import fetched

    client = getattr(ccxt, name)(_SETTINGS)
    keys = _keys(name, client.requiredCredentials)
    for credential, value in keys.items():
        setattr(client, credential, value)
    client.on_rest_response = _no_page(ccxt)
    where = f"fetch {name}"
    try:
        return fetched(client)
    except ccxt.AuthenticationError as fault:
        said = _said(fault, keys)
        raise BookError(where, f"it refuses the keys: {said}", f"Mend {_variables(keys)}") from None
    except ccxt.NetworkError as fault:
        said = _said(fault, keys)
        raise BookError(
            where, f"it cannot be reached: {said}", "Try again, or look at the connection"
        ) from None
    except ccxt.BaseError as fault:
        said = _said(fault, keys)
        raise BookError(
            where, f"it answers with an error: {said}", "Or save its answers and use ringfence import"
        ) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        if not _is_ccxts(fault):
            raise
        said = _said(fault, keys)
        raise BookError(
            where,
            f"ccxt could not read its answer: {said}",
            "Save its answers and use ringfence import, or try another version of ccxt",
        ) from None


def _no_page(ccxt: Any) -> Callable[..., str]:
    """Return what ccxt calls with every answer. A web page that comes as one would be read as an empty list."""

    def answer(code: int, reason: str, url: str, method: str, _headers: Any, body: str, *_: Any) -> str:
        text = body.strip()
        if text.startswith("<"):
            raise ccxt.NetworkError(f"{method} {url} {code} {reason}: a web page came in place of an answer")
        return text

    return answer


def _is_ccxts(fault: BaseException) -> bool:
    """Return whether a fault comes out of ccxt, and not of what asks it."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] == "ccxt"


def _keys(name: str, required: Mapping[str, bool]) -> dict[str, str]:
    """Return the credentials of an exchange.

    Raises:
        BookError: one that it wants is not in the environment.

    """
    from ringfence.core.errors import BookError

    given = {known: value for known, at in CREDENTIALS.items() if (value := os.environ.get(at, "").strip())}
    missing = [at for known, at in CREDENTIALS.items() if required.get(known) and known not in given]
    if missing:
        raise BookError(
            f"fetch {name}",
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            "Make a key that may only read, and put it in the environment under that name",
        )
    return given


def _variables(keys: Mapping[str, str]) -> str:
    return " and ".join(CREDENTIALS[known] for known in keys) or "the keys"


def _said(fault: Exception, keys: Mapping[str, str]) -> str:
    """Return what went wrong as ccxt tells it, without keys, and without queries: they may be signed."""
    text = " ".join(f"{type(fault).__name__}: {fault}".split())
    for value in keys.values():
        text = text.replace(value, "***")
    return _QUERY.sub("", text)[:_SAID_MAX]
