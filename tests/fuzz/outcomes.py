"""What may come of any input: a result, or one complaint that says where, what and how to mend it."""

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import ringfence
from ringfence.cli import main
from ringfence.core.errors import InputError
from ringfence.margin.snapshot import Snapshot


def complaint(action: Callable[[], object]) -> InputError | None:
    """Return the complaint that something ends in, or None where it ends well. Anything else goes through."""
    try:
        action()
    except InputError as fault:
        said = fault
    else:
        return None
    for part in (said.where, said.fault, said.remedy):
        assert part.strip(), f"a part of the message is empty: {said}"
    str(said).encode()
    assert "\n" not in str(said)
    return said


def _shown(snapshot: Snapshot, mode: str) -> str:
    return json.dumps(ringfence.to_dict(ringfence.assess(snapshot, mode=mode)))


def judged(snapshot: Snapshot) -> None:
    """Judge a snapshot in every mode; each may be refused on its own."""
    for mode in ("as-held", "isolated", "cross"):
        complaint(partial(_shown, snapshot, mode))


def typed(words: Sequence[str], files: dict[str, bytes]) -> None:
    """Type a command in a folder with these files: it ends with 0 and a result, or with 2 and one message."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in files.items():
            Path(name).write_bytes(content)
        sys.argv = ["ringfence", *words]
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
            code: object = 0
        except SystemExit as left:
            code = left.code or 0
        finally:
            sys.argv = before
        assert sorted(path.name for path in Path.cwd().iterdir()) == sorted(files)
    if code == 0:
        assert out.getvalue()
    else:
        assert code == 2
        assert not out.getvalue()
        assert err.getvalue().startswith(("ringfence: ", "Usage: "))
