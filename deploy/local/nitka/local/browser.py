"""A Chromium for browser tests: one on the PATH, else a packaged one that needs no root and no libraries."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from nitka.local import node

PACKAGE = "@sparticuz/chromium@147.0.0"
ON_PATH = ("chromium", "chromium-browser", "google-chrome")

# The package takes this variable as the order to unpack the system libraries of the browser, too.
_WITH_LIBRARIES = {"AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}
_UNPACK = 'import("@sparticuz/chromium").then((chromium) => chromium.default.executablePath())'

_WRAPPER = """\
#!/bin/sh
export LD_LIBRARY_PATH="{unpacked}/al2023/lib" FONTCONFIG_FILE="{unpacked}/fonts.conf"
exec "{unpacked}/chromium" "$@"
"""

_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{unpacked}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{unpacked}/fonts-cache</cachedir>
</fontconfig>
"""


def chromium_path(home: Path = Path(".nitka")) -> str:
    """The program to give to Playwright as `executable_path`; fetched into `home` on first use (75 MB).

    `NITKA_CHROMIUM` names another one. Raises node.NodeFailed when there is none and none can be fetched.
    """
    named = os.environ.get("NITKA_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ON_PATH)), None)
    return found or str(_packaged(home.resolve() / "chromium"))


def _packaged(home: Path) -> Path:
    wrapper = home / "chromium.sh"
    if wrapper.exists():
        return wrapper
    unpacked = home / "unpacked"
    shutil.rmtree(home, ignore_errors=True)
    unpacked.mkdir(parents=True)
    (home / "package.json").write_text('{"private": true}\n')
    node.run(["npm", "install", "--no-audit", "--no-fund", PACKAGE], home)
    node.run(["node", "-e", _UNPACK], home, {**_WITH_LIBRARIES, "TMPDIR": str(unpacked)})
    shutil.rmtree(home / "node_modules")
    (unpacked / "fonts.conf").write_text(_FONTS.format(unpacked=unpacked))
    new = wrapper.with_suffix(".new")
    new.write_text(_WRAPPER.format(unpacked=unpacked))
    new.chmod(0o755)
    new.rename(wrapper)  # last: it tells that all of it is there
    return wrapper
