"""Clock, files, network, environment and chance stay outside, or at a named door."""

import ast

import pytest

from tests.architecture.source import imports, modules, room_of

NETWORK_AND_CHANCE = {
    "asyncio", "ftplib", "http", "random", "secrets", "smtplib", "socket", "ssl", "subprocess", "urllib", "uuid",
}  # fmt: skip
CLOCK = {"time", "sched", "threading", "signal"}
CLOCK_CALLS = {"now", "today", "utcnow", "monotonic", "perf_counter"}
FILE_CALLS = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob", "stat", "exists",
    "is_file", "is_dir", "unlink", "replace", "mkdir", "files", "as_file",
}  # fmt: skip
ENVIRONMENT = {"environ", "getenv", "putenv", "environb"}

FILE_DOORS = {
    "importers/files.py": "what a user names is read",
    "venue/loader.py": "packs ship with the package, or stand in the folders of RINGFENCE_PACKS",
    "batch/compiled.py": "its own source says whether machine code that is kept is stale",
    "batch/walk/compiled.py": "as batch/compiled.py",
    "market/scenarios.py": "crashes ship with the package",
    "report/html/parts.py": "the page's style sheet ships with the package",
}
ENVIRONMENT_DOORS = {
    "venue/loader.py": "RINGFENCE_PACKS",
    "cli/fetch.py": "read-only keys of an exchange, RINGFENCE_API_KEY and its like",
}

STREAM_DOORS = {"cli/streams.py": "standard output may be closed, or its reader gone"}


def names_in(tree: ast.AST) -> set[str]:
    """Return every function or attribute that a module calls or reads by name."""
    called = {
        ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(tree) if isinstance(node, ast.Call)
    }
    return called | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def clocks_in(tree: ast.AST) -> set[str]:
    """Return the names by which a module reads a clock: calls, and what it takes of a date or a time."""
    called = {
        ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(tree) if isinstance(node, ast.Call)
    }
    taken = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value).rpartition(".")[2] in {"date", "datetime", "time"}
    }
    return (called | taken) & CLOCK_CALLS


def opened(tree: ast.AST) -> set[str]:
    """Return the calls that reach a file. ``replace`` of a path has one argument; of a text or a record, others."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name == "replace" and (len(node.args) != 1 or node.keywords):
                continue
            found |= {name} & FILE_CALLS
    return found


@pytest.mark.parametrize("module", modules())
def test_nothing_reads_a_clock_a_network_or_chance(module: str) -> None:
    tree = modules()[module]
    roots = {name.partition(".")[0] for name in imports(tree)}
    assert not roots & (NETWORK_AND_CHANCE | CLOCK)
    assert not clocks_in(tree)


@pytest.mark.parametrize("module", modules())
def test_only_a_named_door_opens_a_file(module: str) -> None:
    calls = opened(modules()[module])
    if room_of(module) != "cli" and module not in FILE_DOORS:
        assert not calls


@pytest.mark.parametrize("module", modules())
def test_only_a_named_door_reads_the_environment(module: str) -> None:
    if module not in ENVIRONMENT_DOORS:
        assert not names_in(modules()[module]) & ENVIRONMENT
        assert module in STREAM_DOORS or "os" not in imports(modules()[module])


def test_every_door_is_one() -> None:
    assert all(opened(modules()[door]) for door in FILE_DOORS)
    assert all(names_in(modules()[door]) & ENVIRONMENT for door in ENVIRONMENT_DOORS)
