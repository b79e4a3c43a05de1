"""What an article is called."""

from collections.abc import Sequence
from typing import Any

from chalicelib.runtime.http import View

from ..rules import Text


class TitledView(View):
    """What an article is called, wherever one is shown: its product's title, and what is chosen of each axis."""

    title_zh: str
    title_en: str
    options_zh: list[str]
    options_en: list[str]


def title_of(title: Text, options: Sequence[Text]) -> dict[str, Any]:
    """The fields of what an article is called."""
    return {
        "title_zh": title.zh,
        "title_en": title.en,
        "options_zh": [words.zh for words in options],
        "options_en": [words.en for words in options],
    }
