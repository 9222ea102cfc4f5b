"""What goes to a worker and what comes back: bytes, so that no backend maps, copies or wraps what is in them."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from traceback import format_exc
from typing import Final, TypeAlias

from ringfence.batch.columns import Columns
from ringfence.batch.setting import Setting
from ringfence.core.errors import InvariantError, RingfenceError
from ringfence.screen.jobs import Job
from ringfence.venue import RulePack

Call: TypeAlias = tuple[bytes, bytes, bytes, bytes]
"""Rules, what else accounts stand in, what is to be done, and the accounts: what ``done_there`` takes."""

NOTHING: Final = b""
"""The answer of a worker that had no room for the work."""

Rules: TypeAlias = Setting | Callable[[Columns], Setting]
"""What accounts stand in: one setting for all, or a function that gives that of a block."""

_PROTOCOL: Final = 5
"""The first that keeps whether an array may be written to."""


@dataclass(frozen=True, slots=True)
class Task:
    """Accounts with which something is to be done.

    rules   the rules, packed once for all blocks that share them
    rest    what else they stand in, packed when the block was read: reading the next one may add to it
    job     what is to be done
    tries   how often a worker was lost while they were on their way
    """

    columns: Columns
    rules: bytes
    rest: bytes
    job: Job
    tries: int = 0

    @property
    def call(self) -> Call:
        """Return what a worker is given."""
        return self.rules, self.rest, pickle.dumps(self.job, _PROTOCOL), pickle.dumps(self.columns, _PROTOCOL)

    @property
    def name(self) -> str:
        """Return which accounts they are."""
        names = self.columns.accounts
        if len(names) == 0:
            return "no account"
        return f"account {names[0]}" if len(names) == 1 else f"accounts {names[0]} to {names[-1]}"


def setting_of(rules: Rules, columns: Columns) -> Setting:
    """Return what a block stands in."""
    return rules if isinstance(rules, Setting) else rules(columns)


def tasks_of(blocks: Iterable[Columns], rules: Rules, job: Job, *, most: int | None = None) -> Iterator[Task]:
    """Yield blocks with what they stand in when they are read, in the parts in which a job is done."""
    packed: bytes = b""
    known: RulePack | None = None
    for columns in blocks:
        setting = setting_of(rules, columns)
        if setting.rules is not known:
            known, packed = setting.rules, pickle.dumps(setting.rules, _PROTOCOL)
        stand = dict(setting.instruments), setting.market, setting.at, setting.overrides
        rest = pickle.dumps(stand, _PROTOCOL)
        for part, own in job.parts(columns, setting, most):
            yield Task(part, packed, rest, own)


def done_there(rules: bytes, rest: bytes, job: bytes, block: bytes) -> bytes:
    """Do a job on a worker; what is wrong with an account, or with us, is an answer, too.

    Whatever a backend raises beside is therefore about the worker, and not about the block. ``NOTHING``: it did not fit
    into the worker's memory.
    """
    answer: object
    try:
        asked: Job = pickle.loads(job)  # noqa: S301 - our own
        columns: Columns = pickle.loads(block)  # noqa: S301 - our own
        answer = asked.done(columns, _stand(rules, rest), 1)
    except RingfenceError as fault:
        answer = fault
    except MemoryError:
        return NOTHING
    except Exception:  # noqa: BLE001 - a bug is reported from where it is
        answer = InvariantError(f"a worker could not judge a block:\n{format_exc()}")
    return pickle.dumps(answer, _PROTOCOL)


@lru_cache(maxsize=1)
def _stand(rules: bytes, rest: bytes) -> Setting:
    """Return what accounts stand in, kept for the next block."""
    return Setting(_unpacked(rules), *pickle.loads(rest))  # noqa: S301 - our own


@lru_cache(maxsize=1)
def _unpacked(rules: bytes) -> RulePack:
    """Return rules, kept for the next block."""
    pack: RulePack = pickle.loads(rules)  # noqa: S301 - our own
    return pack


def read_answer(answer: bytes) -> object:
    """Return what a worker found.

    Raises:
        RingfenceError: what the worker would have raised here.

    """
    found: object = pickle.loads(answer)  # noqa: S301 - our own
    if isinstance(found, RingfenceError):
        raise found
    return found


def version_there() -> str:
    """Return the version of this package where this runs."""
    try:
        return version("ringfence")
    except PackageNotFoundError:
        return "not installed"
