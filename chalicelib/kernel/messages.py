"""What a message says, in both languages; each is declared in the room `texts` of the context that sends it.

    CODE = Text("code", zh=Words("集市验证码", "【集市】您的验证码是 {code} …"), en=Words("Your Jishi code", "[Jishi] {code} …"))

`TEXTS` finds a text by its name, by which a provider's template for it is registered (docs/messages.md).
"""

from __future__ import annotations

import string
from typing import NamedTuple

TEXTS: dict[str, Template] = {}


class Words(NamedTuple):
    """A message in one language: the subject of an e-mail, and the text with its blanks."""

    subject: str
    text: str

    @property
    def blanks(self) -> frozenset[str]:
        """What is filled in."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.text) if name)


class Template:
    """A message that the shop sends; both languages fill in the same."""

    def __init__(self, name: str, *, zh: Words, en: Words) -> None:
        if name in TEXTS:
            raise TypeError(f"two messages are called {name}")
        self.name, self.zh, self.en = name, zh, en
        TEXTS[name] = self

    @property
    def blanks(self) -> frozenset[str]:
        """What is filled in."""
        return self.zh.blanks

    def words(self, language: str) -> Words:
        """In English for who asked for it, else in Chinese."""
        return self.en if language == "en" else self.zh
