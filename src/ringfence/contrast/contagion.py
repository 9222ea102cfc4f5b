"""Who dies by whose price: the contagion matrix of a mode, and the graph that it draws.

Each row is one coin that moves alone, down or up; each cell is the smallest such move that closes a position.
It is contagion where the position's own pool, under isolation by the same cut, would have lived.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from ringfence.book import Book
from ringfence.core.along import Direction
from ringfence.core.errors import InputError
from ringfence.liquidation import net_worth
from ringfence.margin.assess import AccountHealth
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.moved import moved
from ringfence.margin.one_coin import closing_move
from ringfence.margin.pools import Division, Pool, partition
from ringfence.margin.world import World
from ringfence.venue import rules_apart

Way = Literal["down", "up"]
WAYS: Final[tuple[tuple[Way, Direction], ...]] = (("down", -1), ("up", 1))
NUMERAIRE: Final = "USD"
"""What indices are counted in moves nothing."""

_TIE: Final = Decimal("1e-40")
"""Two crossings as near as this are one: both are roots found to 50 digits."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one coin's move does to one position.

    position    its label
    pool        the pool it stands in; None where the cut could not open it
    move        the smallest move of the coin alone that closes its pool, a fraction of the coin's price;
                None: never; zero: the pool is past its trigger today
    crossing    root: equity meets the requirement; jump: a tier or a rounding makes it leap over
    contagion   whether its own pool, isolated by the same cut, would have lived at that move; None: not known
    loss        [unit] what that own pool would still be worth to its owner there: lost because of the others;
                zero where it would have died too; None: not known
    """

    position: str
    pool: str | None
    move: Decimal | None
    crossing: Literal["root", "jump"] | None
    contagion: bool | None
    loss: Decimal | None


@dataclass(frozen=True, slots=True)
class Row:
    """One coin's move alone, all its symbols and its index together, and a cell a position."""

    moves: str
    direction: Way
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A position, a pool or a coin held as collateral."""

    id: str
    kind: Literal["position", "pool", "coin"]


@dataclass(frozen=True, slots=True)
class Edge:
    """What can close what, and by which move.

    source, target   a position or coin -> the pool it can close; a pool -> a position that closes with it
    moves            the coin, and the smallest move of it that does so
    contagion        pool -> position: whether some move closes it there that it would have survived alone
    """

    source: str
    target: str
    moves: str
    direction: Way
    move: Decimal
    contagion: bool


@dataclass(frozen=True, slots=True)
class ContagionGraph:
    """The matrix as nodes and edges "can close"."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class ContagionMatrix:
    """Rows: what moves. Columns: positions. Losses in ``unit``.

    against   the cut by which the isolation was made that each cell is compared with
    notes     what could not be compared, and why
    """

    mode: str
    cut: str
    venue: str
    unit: str
    against: str
    positions: tuple[str, ...]
    rows: tuple[Row, ...]
    graph: ContagionGraph
    notes: tuple[str, ...] = ()

    @property
    def infected(self) -> tuple[Cell, ...]:
        """Return the cells that are contagion."""
        return tuple(cell for row in self.rows for cell in row.cells if cell.contagion)


@dataclass(frozen=True, slots=True)
class _Fenced:
    """The positions' own pools under isolation, by label, judged today, and the rules by which they stand alone."""

    pools: Mapping[str, Judgement]
    world: World
    why_not: str = ""


def movers_of(book: Book, world: World) -> tuple[str, ...]:
    """Return every coin of a book whose price can move: of contracts, what they pay in, what is held."""
    contracts = [world.instrument(position.symbol) for position in book.positions]
    held = [asset for asset, amount in book.collateral.items() if amount != 0]
    coins = [c.underlying for c in contracts] + [c.settle for c in contracts] + held
    return tuple(coin for coin in dict.fromkeys(coins) if coin != NUMERAIRE)


Fences = dict[tuple[str, str], _Fenced]
"""The positions of a book isolated by one cut, by the rules they stand under: asked for in every mode, judged once."""


def contagion_matrix(
    book: Book, world: World, mode: str, health: AccountHealth, cut: Division, fences: Fences | None = None
) -> ContagionMatrix:
    """Return the contagion matrix of one mode.

    Args:
        book: the account.
        world: its prices, and the rules of the mode.
        mode: the mode's name.
        health: the account in that mode.
        cut: by which the positions are isolated to compare with.
        fences: what is known of that isolation from other modes of the same book and cut; what is found here is added.

    """
    fenced = _fenced(book, world, cut, {} if fences is None else fences)
    pools = [one.judged for one in health.pools if one.pool.positions]
    rows = [
        Row(coin, way, _cells(book, world, pools, fenced, (coin, direction), health.unit))
        for coin in movers_of(book, world)
        for way, direction in WAYS
    ]
    return ContagionMatrix(
        mode=mode,
        cut=health.partition.cut,
        venue=book.venue,
        unit=health.unit,
        against=str(cut),
        positions=tuple(position.label for position in book.positions),
        rows=tuple(rows),
        graph=_graph(book, world, [one.pool for one in pools], rows),
        notes=_notes(pools, fenced),
    )


def _fenced(book: Book, world: World, cut: Division, fences: Fences) -> _Fenced:
    world = replace(world, rules=rules_apart(book, world.rules))
    rules = world.rules.digest, world.rules.account_mode.id
    if rules not in fences:
        fences[rules] = _isolated(book, world, cut)
    return fences[rules]


def fence_of(health: AccountHealth) -> Fences:
    """Return what an account shown isolated says of its positions' own pools."""
    own = [one.judged for one in health.pools if one.pool.kind == "isolated"]
    rules = health.rules.digest, health.rules.account_mode.id
    return {rules: _Fenced({one.pool.positions[0].label: one for one in own}, health.world)}


def _isolated(book: Book, world: World, cut: Division) -> _Fenced:
    try:
        cut_up = partition(book, world, "isolated", cut)
        own = [pool for pool in cut_up.pools if pool.kind == "isolated"]
        return _Fenced({pool.positions[0].label: judge(pool, world) for pool in own}, world)
    except InputError as fault:
        return _Fenced({}, world, str(fault))


def _notes(pools: Sequence[Judgement], fenced: _Fenced) -> tuple[str, ...]:
    company = [p.label for one in pools if not _alone(one.pool) for p in one.pool.positions]
    missing = [label for label in company if label not in fenced.pools]
    if not missing:
        return ()
    why = fenced.why_not or "the cut gives it no pool of its own"
    return tuple(f"{label}: not compared with isolation: {why}" for label in missing)


def _alone(pool: Pool) -> bool:
    """Return whether nothing else is in the pool that could bring the position down."""
    return len(pool.positions) == 1 and pool.rest is None


def _cells(
    book: Book,
    world: World,
    pools: Sequence[Judgement],
    fenced: _Fenced,
    going: tuple[str, Direction],
    unit: str,
) -> tuple[Cell, ...]:
    found: dict[str, Cell] = {}
    for judged in pools:
        met = closing_move(judged.pool, judged, world, *going)
        for position in judged.pool.positions:
            label, pool = position.label, judged.pool.id
            if met is None or _alone(judged.pool):
                move, kind = (met.price, met.kind) if met else (None, None)
                found[label] = Cell(label, pool, move, kind, contagion=False, loss=Decimal(0))
            else:
                lived, left = _own_fate(fenced.pools.get(label), fenced.world, going, met.price, unit)
                found[label] = Cell(label, pool, met.price, met.kind, lived, left)
    unopened = {p.label: Cell(p.label, None, None, None, contagion=False, loss=None) for p in book.positions}
    return tuple((unopened | found)[position.label] for position in book.positions)


def _own_fate(
    own: Judgement | None, world: World, going: tuple[str, Direction], move: Decimal, unit: str
) -> tuple[bool | None, Decimal | None]:
    """Return whether a position's own pool lives through a move, and what it is worth to its owner there."""
    if own is None:
        return None, None
    coin, direction = going
    met = closing_move(own.pool, own, world, coin, direction, within=move)
    if met is not None and abs(met.price) <= abs(move) + _TIE:
        return False, Decimal(0)
    there = moved(world, {coin: 1 + move})
    return True, max(there.convert(net_worth(own.pool, there), own.pool.unit, unit), Decimal(0))


def _graph(book: Book, world: World, pools: Sequence[Pool], rows: Sequence[Row]) -> ContagionGraph:
    edges = [edge for pool in pools for row in rows for edge in _causes(pool, world, row)]
    edges += [
        edge
        for pool in pools
        for position in pool.positions
        for edge in _falls(pool.id, position.label, rows)
    ]
    held = {asset: None for pool in pools for asset, amount in pool.collateral.items() if amount != 0}
    coins = dict.fromkeys([*held, *(e.source for e in edges if e.source in {row.moves for row in rows})])
    nodes = [GraphNode(position.label, "position") for position in book.positions]
    nodes += [GraphNode(pool.id, "pool") for pool in pools]
    nodes += [GraphNode(coin, "coin") for coin in coins]
    return ContagionGraph(tuple(nodes), tuple(edges))


def _closes(row: Row, pool: str) -> Decimal | None:
    return next((cell.move for cell in row.cells if cell.pool == pool), None)


def _causes(pool: Pool, world: World, row: Row) -> Iterator[Edge]:
    """Yield who brings a pool down when a coin moves: the positions that lose by it, and the coin where it is held."""
    move = _closes(row, pool.id)
    if move is None:
        return
    sign = -1 if row.direction == "down" else 1
    losing = [
        p.label
        for p in pool.positions
        if world.instrument(p.symbol).underlying == row.moves and p.sign != sign
    ]
    if pool.collateral.get(row.moves, Decimal(0)) * sign < 0 or not losing:
        losing.append(row.moves)
    for source in losing:
        yield Edge(source, pool.id, row.moves, row.direction, move, contagion=False)


def _falls(pool: str, position: str, rows: Sequence[Row]) -> Iterator[Edge]:
    """Yield that a position closes with its pool, with the smallest move of any coin that does it."""
    met = [
        (row, cell)
        for row in rows
        for cell in row.cells
        if cell.position == position and cell.move is not None
    ]
    if met:
        row, cell = min(met, key=lambda pair: abs(pair[1].move or Decimal(0)))
        contagion = any(one.contagion for _, one in met)
        yield Edge(pool, position, row.moves, row.direction, cell.move or Decimal(0), contagion)
