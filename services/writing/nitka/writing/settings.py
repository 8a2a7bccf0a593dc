"""Settings of text correction."""

from __future__ import annotations

import shlex

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from nitka.runtime.settings import Settings


class WritingSettings(Settings):
    """Which corrector there is: the model when `writing_model_url` is set, else LanguageTool, else none.

    `languagetool` is the address of a server; `languagetool_command` is the command line that starts it there
    when it is needed, none when it runs by itself. `writing_variants` are the language variants that a text
    without a region is checked for, separated by commas.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True)

    port: int = 18108
    languagetool: str | None = None
    languagetool_command: str | None = None
    writing_variants: str = "en-US,pt-BR"
    writing_model_url: str | None = None
    writing_model: str | None = None
    writing_model_key: SecretStr | None = None

    @model_validator(mode="after")
    def _complete(self) -> WritingSettings:
        if self.writing_model_url and not self.writing_model:
            raise ValueError("NITKA_WRITING_MODEL_URL needs NITKA_WRITING_MODEL, the name of the model")
        if self.languagetool_command and not self.languagetool:
            raise ValueError("NITKA_LANGUAGETOOL_COMMAND needs NITKA_LANGUAGETOOL, where the server will answer")
        return self

    @property
    def variants(self) -> tuple[str, ...]:
        return tuple(tag.strip() for tag in self.writing_variants.split(",") if tag.strip())

    @property
    def command(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.languagetool_command or ""))
