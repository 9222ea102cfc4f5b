"""The locks hold on any machine: every version exact, every file by its hash, no host named."""

import re

import pytest

from tests.architecture.source import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<rest>.*)$")


def blocks(text: str) -> list[str]:
    """Return the requirements of a lock, each with its continued lines joined and comments left out."""
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [" ".join(block.split()) for block in plain.replace("\\\n", " ").splitlines() if block.strip()]


def test_there_is_a_lock_for_running_for_building_and_for_developing() -> None:
    assert [lock.name for lock in LOCKS] == ["build.txt", "dev.txt", "runtime.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_place(lock: object) -> None:
    text = (ROOT / "requirements" / getattr(lock, "name", "")).read_text(encoding="utf-8")
    for word in (
        "://",
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--trusted-host",
        "git+",
        "file:",
        " @ ",
    ):
        assert word not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock: object) -> None:
    text = (ROOT / "requirements" / getattr(lock, "name", "")).read_text(encoding="utf-8")
    found = blocks(text)
    assert found
    for block in found:
        pin = PIN.match(block)
        assert pin is not None, block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", pin["rest"]), pin["name"]


def test_the_development_lock_holds_the_others_at_the_same_versions() -> None:
    pins = {lock.name: {p["name"]: p["version"] for b in blocks(lock.read_text("utf-8")) if (p := PIN.match(b))}
            for lock in LOCKS}  # fmt: skip
    for name in ("runtime.txt", "build.txt"):
        assert pins[name].items() <= pins["dev.txt"].items()
