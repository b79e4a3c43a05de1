"""What pages are told."""

from chalicelib.runtime.http import View

from .texts import words


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
