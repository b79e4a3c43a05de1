"""The shapes that go in and out: unknown fields are refused, money is fen with its text beside it, lists come in pages."""

from typing import Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from chalicelib.kernel.money import Fen

from .kinds import EXACT, Whole


class Tag(NamedTuple):
    """A mark on a field. A reply that is kept in the journal may hold neither personal data nor secrets."""

    name: str


PERSONAL, SECRET = Tag("personal"), Tag("secret")
Personal = Annotated[str, PERSONAL]
MaybePersonal = Annotated[str | None, PERSONAL]
Secret = Annotated[str, SECRET]

# what the document says of texts that we answer; nothing is checked when one goes out
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]  # RFC 3339 in UTC
Url = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


def one_of(*words: str) -> WithJsonSchema:
    """A mark on a text that we answer: it is one of these words."""
    return WithJsonSchema({"type": "string", "enum": list(words)})


class Body(BaseModel):
    """What a client sends: a number is no text, and yes is no 1."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Query(BaseModel):
    """What a client asks for in the query string."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class View(BaseModel):
    """What a client is answered."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Amount(View):
    """Money for people and programs: `{"fen": 1050, "text": "¥10.50"}`."""

    fen: int
    text: str


def amount(fen: int) -> Amount:
    """An amount as the API answers it."""
    return Amount(fen=int(fen), text=Fen(int(fen)).text)


V = TypeVar("V", bound=BaseModel)


class Page(View, Generic[V]):
    """One page of a list; `next` is the cursor of the next page, or null at the end."""

    items: list[V]
    next: str | None = None


class Paging(Query):
    """How a list is asked for."""

    cursor: Annotated[str, Field(max_length=2048), EXACT] | None = None
    limit: Whole = Field(default=20, ge=1, le=100)


def tagged(model: Any, seen: set[Any] | None = None) -> set[str]:
    """The names of a model's fields, however deep, that are tagged personal or secret."""
    seen = set() if seen is None else seen
    if not isinstance(model, type) or not issubclass(model, BaseModel) or model in seen:
        return {name for part in getattr(model, "__args__", ()) for name in tagged(part, seen)}
    seen.add(model)
    found: set[str] = set()
    for name, field in model.model_fields.items():
        if any(isinstance(mark, Tag) for mark in field.metadata) or _marked(field.annotation):
            found.add(name)
        found |= tagged(field.annotation, seen)
    return found


def _marked(annotation: Any) -> bool:
    """Whether a mark lies within a field's annotation, as in `list[Personal]`."""
    marks, parts = getattr(annotation, "__metadata__", ()), getattr(annotation, "__args__", ())
    return any(isinstance(mark, Tag) for mark in marks) or any(_marked(part) for part in parts)
