"""A headless Chromium, if the machine has one. Nothing here fetches one."""

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--force-color-profile=srgb", "--virtual-time-budget=2000",
)  # fmt: skip
PATIENCE_SECONDS = 120


def chromium() -> str | None:
    """Return the browser that RINGFENCE_CHROMIUM names, or the first on the path."""
    named = os.environ.get("RINGFENCE_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


needs_browser = pytest.mark.skipif(
    chromium() is None, reason="no browser: set RINGFENCE_CHROMIUM, or install chromium"
)


def run(profile: Path, width: int, height: int, *more: str, dark: bool = False) -> str:
    """Run the browser once and return what it printed."""
    theme = (f"--blink-settings=preferredColorScheme={0 if dark else 1}",)
    command = [
        str(chromium()), *FLAGS, *theme, f"--user-data-dir={profile}", f"--window-size={width},{height}", *more,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def probed(page: str, probe: str, folder: Path, width: int, *, dark: bool = False) -> Any:
    """Return what a JavaScript function body says of a page that is shown at a width [px].

    The page itself has no script: a copy of it is given one. It stands in a frame of that width, because a window
    is never narrower than 500 px.
    """
    script = (
        "<script>addEventListener('load', () => { const said = (() => { "
        f"{probe} }})(); parent.postMessage(JSON.stringify(said), '*'); }});</script>"
    )
    inner = escape(page.replace("</body>", f"{script}</body>"))
    outer = (
        "<!DOCTYPE html><meta charset='utf-8'><script>addEventListener('message', (said) => { "
        "const p = document.createElement('pre'); p.id = 'probe'; p.textContent = said.data; "
        "document.body.append(p); });</script>"
        f"<body style='margin:0'><iframe style='border:0;width:{width}px;height:900px' srcdoc=\"{inner}\"></iframe>"
    )
    copy = folder / f"probed-{width}-{dark}.html"
    copy.write_text(outer, encoding="utf-8")
    shown = run(folder / f"profile-{width}-{dark}", width, 900, "--dump-dom", copy.as_uri(), dark=dark)
    found = re.search(r'<pre id="probe">(.*?)</pre>', shown, re.DOTALL)
    assert found is not None, "the probe said nothing"
    return json.loads(unescape(found[1]))
