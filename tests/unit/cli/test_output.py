"""What ``-o`` does: a result is written whole, or not at all, and never in the place of something else."""

import errno
import os
import stat
from pathlib import Path

import pytest

from ringfence.cli.options import write
from ringfence.core.errors import BookError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_result_replaces_the_file_of_before(tmp_path: Path) -> None:
    target = tmp_path / "result.txt"
    target.write_text("before", encoding="utf-8")
    write("after – now", target)
    assert target.read_text(encoding="utf-8") == "after – now"
    assert names(tmp_path) == ["result.txt"]


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("before", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write("after", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "after"


def test_a_pipe_or_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write("through", pipe)
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", [".", "/", "missing/result.txt", "x" * 300, "file/below"])
def test_what_cannot_be_written_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before", encoding="utf-8")
    with pytest.raises(BookError, match="Name a file that can be written") as refused:
        write("after", tmp_path / name)
    assert refused.value.where.startswith("-o ")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "before"


def test_a_full_disk_leaves_the_file_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "result.txt"
    target.write_text("before", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BookError, match="No space left"):
        write("after", target)
    assert names(tmp_path) == ["result.txt"]
    assert target.read_text(encoding="utf-8") == "before"
