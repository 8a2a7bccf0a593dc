"""`python -m nitka.local.languagetool`: becomes a LanguageTool server, fetched on first use (102 MB).

The writing service starts it when somebody wants a text corrected. On the standard output it tells how far the
fetching is (`fetching 40%`); what the server writes goes to its log.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nitka.local.java import java, whole
from nitka.local.processes import ToolMissing, follow_parent, open_log
from nitka.local.settings import LocalSettings, load

if TYPE_CHECKING:
    from jgo.maven import Artifact

VERSION = "6.6"

LANGUAGES = ("en", "pl", "pt", "es", "ca")
"""Spanish and Catalan are there because the server does not start without them."""

_FLAGS = (
    *("-Xms32m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    *("-Djava.awt.headless=true", "--enable-native-access=ALL-UNNAMED"),
)

_PROPERTIES = """\
maxTextLength=50000
maxTextHardLength=50000
maxCheckTimeMillis=80000
maxCheckThreads=2
"""

# It writes two lines for every check otherwise.
_LOGBACK = """\
<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
"""


def class_path() -> str:
    """Java's class path; fetches what is missing and tells how far it is. Raises ToolMissing."""
    import jgo  # noqa: PLC0415 - slow import

    def resolved(name: str) -> dict[str, Artifact]:
        found = jgo.resolve(f"org.languagetool:{name}:{VERSION}")
        return {f"{each.groupId}:{each.artifactId}:{each.version}": each for each in found}

    try:
        # The server depends on all forty languages (245 MB): take those away again, then add ours.
        every = resolved("language-all")
        wanted = {name: each for name, each in resolved("languagetool-server").items() if name not in every}
        for language in LANGUAGES:
            wanted |= resolved(f"language-{language}")
        jars = []
        for number, artifact in enumerate(wanted.values()):
            if not (artifact.cached_path and artifact.cached_path.exists()):
                print(f"fetching {100 * number // len(wanted)}%", flush=True)
            jars.append(whole(artifact))
    except Exception as error:
        raise ToolMissing(f"LanguageTool could not be fetched ({type(error).__name__}: {error}).") from error
    return ":".join(map(str, jars))


def command(settings: LocalSettings) -> list[str]:
    """The command line of the server."""
    home = settings.home / "languagetool"
    home.mkdir(parents=True, exist_ok=True)
    properties, logback = home / "server.properties", home / "logback.xml"
    properties.write_text(_PROPERTIES)
    logback.write_text(_LOGBACK)
    flags = [*_FLAGS, f"-Dlogback.configurationFile={logback}", "-cp", _kept_class_path(home)]
    arguments = ["--port", str(settings.ports["languagetool"]), "--config", str(properties)]
    return [java(), *flags, "org.languagetool.server.HTTPServer", *arguments]


def _kept_class_path(home: Path) -> str:
    """`class_path()`, which takes seconds even with all jars there, only once."""
    kept = home / f"class-path-{VERSION}"
    if kept.exists() and all(Path(jar).exists() for jar in kept.read_text().split(":")):
        return kept.read_text()
    found = class_path()
    new = kept.with_name(f"{kept.name}.new")
    new.write_text(found)
    new.replace(kept)
    return found


def main() -> int:
    follow_parent(signal.SIGTERM)
    settings = load(Path.cwd())
    try:
        line = command(settings)
    except ToolMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    with open_log(settings.logs, "languagetool") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.execv(line[0], line)  # noqa: S606 - our own command line; the leash stays
    return 1


if __name__ == "__main__":
    sys.exit(main())
