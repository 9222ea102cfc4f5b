"""The command line as a user has it: a folder, words typed in it, and what comes back."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ringfence.cli import main


@dataclass(frozen=True)
class Answer:
    """What one command left: its exit status, and what it wrote where."""

    code: object
    out: str
    err: str


class Terminal:
    """A folder, and the command line typed in it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capture = folder, patch, capture
        patch.chdir(folder)
        patch.setenv("RINGFENCE_PACKS", "")

    def save(self, content: Any, name: str = "book.json") -> None:
        """Put a file in the folder: text or bytes as they are, tables as JSON."""
        if isinstance(content, bytes):
            (self.folder / name).write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, words: Iterable[str]) -> Answer:
        """Type a command."""
        self._patch.setattr(sys, "argv", ["ringfence", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = self._capture.readouterr()
        return Answer(left.value.code, said.out, said.err)

    def refused(self, words: Iterable[str]) -> str:
        """Type a command that must be refused: exit 2, nothing on the screen, no file made or left half-written."""
        before = {path: path.stat().st_size for path in self.folder.rglob("*")}
        answer = self.run(words)
        assert (answer.code, answer.out) == (2, "")
        assert {path: path.stat().st_size for path in self.folder.rglob("*")} == before
        return answer.err
