"""What a user installs works without the clone."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Neither the clone nor this environment may help the installed package along.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=CLEAN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_the_code_the_types_and_the_data(wheel: Path) -> None:
    package = ROOT / "src" / "ringfence"
    sources = [path for path in package.rglob("*") if path.is_file() and path.parent.name != "__pycache__"]
    expected = {f"ringfence/{path.relative_to(package).as_posix()}" for path in sources}
    expected |= {f"ringfence/vectors/{path.name}" for path in (ROOT / "vectors").glob("*.toml")}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("ringfence/")}
    assert "ringfence/py.typed" in held
    assert held == expected


@pytest.mark.slow
def test_the_wheel_runs_its_demo_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    bin_ = tmp_path / "venv" / "bin"
    pip = (bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt", cwd=tmp_path)
    run(*pip, "--no-deps", "--no-index", wheel, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert run(bin_ / "ringfence", "demo", cwd=elsewhere).strip()
