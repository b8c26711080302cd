"""The links of a trace, each with the evidence that it stands on; one whose evidence is not there says so."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """``what`` kind of link, what is ``told``, and the URI of its evidence. ``missing``: it should be there and is not."""

    what: str
    told: str
    uri: str = ""
    missing: bool = False


@dataclass(frozen=True)
class Trace:
    """All links of a subject, from it to the code and the data that it comes from."""

    subject: str
    links: tuple[Link, ...]

    @property
    def missing(self) -> tuple[Link, ...]:
        """What the trace lacks; nothing where it is complete."""
        return tuple(link for link in self.links if link.missing)


def gone(what: str, told: str, uri: str = "") -> Link:
    """A link that is missing."""
    return Link(what, told, uri, missing=True)


def in_words(trace: Trace) -> str:
    """A line a link, its evidence below it, and a last line that says whether the trace is complete."""
    width = max((len(link.what) for link in trace.links), default=0)
    lines = [trace.subject]
    for link in trace.links:
        lines.append(f"  {link.what:<{width}}  {'MISSING: ' if link.missing else ''}{_plain(link.told)}")
        if link.uri:
            lines.append(f"  {'':<{width}}  {_plain(link.uri)}")
    lacking = ", ".join(dict.fromkeys(link.what for link in trace.missing))
    lines.append(f"not complete: {lacking} missing" if lacking else "complete: every link is there, and is what the ledger says")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Names come from people: nothing of them moves the cursor of a terminal or hides."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def flat(parts: Iterable[Iterable[Link]]) -> tuple[Link, ...]:
    """The links of all parts, in order."""
    return tuple(link for part in parts for link in part)
