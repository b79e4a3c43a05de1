"""What pages are told."""

from typing import Annotated

from pydantic import Field

from chalicelib.runtime.http import Query, View
from chalicelib.runtime.http.kinds import Exact

from .texts import words


class OptOut(Query):
    """The link of a message, as it was signed."""

    token: Annotated[
        Exact, Field(min_length=1, max_length=400, examples=["WyJVMDFKWiIsIm1hcmtldGluZyJd.aUwkQA.c2lnbmVk"])
    ]


class WordView(View):
    zh: str
    en: str


class VocabularyView(View):
    """The shop's own words for its states, kinds and reasons: a group, a word on the wire, how people say it."""

    words: dict[str, dict[str, WordView]]


def vocabulary_view() -> VocabularyView:
    groups = words().items()
    return VocabularyView(
        words={group: {word: WordView(zh=zh, en=en) for word, (zh, en) in told.items()} for group, told in groups}
    )
