"""A trace, forward and back, of ledger, manifests and partitions alone: MLflow is not asked, and may be gone."""

from collections.abc import Iterator

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.lineage import data, snapshots
from reviewloop.adapters.release import segments
from reviewloop.core.digests import bytes_digest
from reviewloop.core.lineage import versions
from reviewloop.core.lineage.links import Link, Trace, flat, gone
from reviewloop.core.lineage.subjects import Subject
from reviewloop.core.lineage.versions import Identity
from reviewloop.core.release.lines import Lines
from reviewloop.core.release.standing import Events
from reviewloop.errors import PermanentError


def trace(subject: Subject, day: str = "") -> Trace:
    """All that is known of the subject. ``day`` (``YYYY-MM-DD``, UTC) is that of a captured request, where it is known.

    Raises ``PermanentError`` where the lake knows no such subject, or the ledger's chain is broken.
    """
    lines = segments.read()
    if subject.kind == "version":
        links = _version(lines, subject.text)
    elif subject.kind == "prediction":
        links = _prediction(lines, subject.day, subject.review_id)
    elif subject.kind == "request":
        links = _request(lines, subject.text, day)
    elif subject.kind == "data":
        links = _data(lines, subject.text)
    else:
        links = _person(lines, subject.text)
    return Trace(f"{subject.kind} {subject.text}", links)


def _version(lines: Lines, version: str) -> tuple[Link, ...]:
    of = _identity(lines, version)
    if of is None:
        known = sorted({str(event.version) for event in lines.of_kinds("registered", "adopted")}, key=lambda one: (len(one), one))
        said = f"it knows {known[0]} to {known[-1]} ({len(known)})" if known else "it knows none yet"
        raise PermanentError(f"trace: the ledger knows no version {version}; {said}")
    return flat([_back(lines, of), _forward(of)])


def _identity(lines: Lines, version: str) -> Identity | None:
    return versions.identity(lines.where(version=version), version)


def _events(lines: Lines, of: Identity) -> Events:
    """All that names the version, its job or its files, or that took its place."""
    return lines.where(version=of.version, replaces=of.version, digest=of.digest, job_key=of.job_key)


def _back(lines: Lines, of: Identity) -> Iterator[Link]:
    events = _events(lines, of)
    yield versions.origin(of)
    yield from versions.approvals(events, of.version)
    yield from versions.acts(events, of.version)
    yield from _made_of(events, of)


def _made_of(events: Events, of: Identity) -> Iterator[Link]:
    yield _files(of.source, of.digest)
    yield from _verdicts(events, of)
    found = versions.lineage(events, of.digest, of.job_key, of.version)
    yield from versions.code(found, of.digest)
    if found.get("features_uri"):
        yield from data.snapshot(found["features_uri"], found.get("features_digest", ""))
    else:
        yield gone("data", "no event names the snapshot that it was trained on")


def _files(source: str, digest: str) -> Link:
    try:
        artifacts.open_artifact(source, digest)
    except PermanentError as error:
        return gone("files", f"the files of digest {digest[:16]} cannot be read: {error}", source)
    return Link("files", f"digest {digest}", source)


def _verdicts(events: Events, of: Identity) -> Iterator[Link]:
    judged = versions.judgements(events, of.digest, of.job_key)
    if not judged:
        yield gone("gates", "the ledger holds no verdict of the gates on it")
    for one in judged:
        uri = str(one.facts.get("report_uri") or "")
        try:
            same = bytes_digest(s3.read_bytes(uri)) == one.facts.get("report_digest")
            why = "" if same else "its report was changed since"
        except PermanentError as error:
            why = f"its report cannot be read: {error}"
        told = versions.verdict_in_words(one)
        yield gone("gates", f"{told}; {why}", uri) if why else Link("gates", told, uri)


def _forward(of: Identity) -> Iterator[Link]:
    days = data.scored_days(of.version, of.digest)
    told = f"it scored {len(days)} days, {days[0]} to {days[-1]}" if days else "it scored no day"
    yield Link("predictions", told)


def _prediction(lines: Lines, day: str, review_id: int) -> tuple[Link, ...]:
    from reviewloop.adapters.lineage import answered  # pandas is behind it, and a second of the two that a trace may take

    first, *others = answered.scored(day, review_id)
    version, digest = str(first.row["model_version"]), str(first.meta.get("model_digest") or "")
    state = "which counts" if first.counts else "which does not count any more"
    told = f"{first.row['prediction']} by version {version}, of curated batch {first.row['reviews_batch']}, {state}"
    before = [
        Link("prediction", f"version {one.row['model_version']} said {one.row['prediction']}, before", one.uri) for one in others
    ]
    return flat([
        [Link("prediction", told, first.uri), *before, _read_of(str(first.meta.get("curated_uri") or ""))],
        _during(lines, str(first.meta.get("rollout") or "")), _answering(lines, version, digest),
    ])  # fmt: skip


def _read_of(uri: str) -> Link:
    try:
        artifacts.open_artifact(uri)
    except PermanentError as error:
        return gone("review", f"the curated batch that was read is gone: {error}", uri)
    return Link("review", f"read in curated batch {uri.rpartition('=')[2]}, of delivery {data.origin(uri) or 'not told'}", uri)


def _during(lines: Lines, rollout: str) -> Iterator[Link]:
    if not rollout:
        return
    started = lines.event(rollout)
    if started is None:
        yield gone("rollout", f"it was made during a rollout ({rollout[:16]}) that the ledger does not hold")
    else:
        yield Link("rollout", f"made while version {started.version} was in a rollout (event {started.number}, {started.at})")


def _answering(lines: Lines, version: str, digest: str) -> Iterator[Link]:
    """The version that answered, known by its files: a registry that began anew may have given its number again."""
    of = _identity(lines, version)
    if digest and (of is None or of.digest != digest):
        named = (event for event in lines.where(digest=digest) if event.kind in ("registered", "adopted"))
        other = next((_identity(lines, str(event.version)) for event in named), None)
        if other is not None:
            said = "is another model in the ledger" if of else "is not known to the ledger"
            yield Link(
                "number", f"version {version} {said}; the files that answered, {digest[:16]}, are version {other.version}'s there"
            )
        of = other
    if of is None:
        yield gone("version", f"the ledger knows no version {version}{f' of the files {digest[:16]}' if digest else ''}")
        return
    yield from _back(lines, of)


def _request(lines: Lines, request_id: str, day: str) -> tuple[Link, ...]:
    from reviewloop.adapters.lineage import answered

    uri, rows = answered.captured(request_id, day)
    links = []
    for row in rows:
        said = row["sentiment"] or f"no answer ({row['error']})"
        where = f", stage {row['stage']} of a rollout" if row["stage"] else ""
        told = f"review {row['review_index']}: {said} by version {row['version']}, the {row['arm']}{where}, at {row['received_at']}"
        links.append(Link("prediction", told, uri))
        if row["shadow_version"]:
            links.append(
                Link("shadow", f"version {row['shadow_version']} read it unseen and said {row['shadow_sentiment'] or 'nothing'}")
            )
    first = rows[0]
    answering = dict.fromkeys((str(row["version"]), str(row["digest"] or "")) for row in rows if row["version"])
    parts = [list(_answering(lines, *one)) for one in answering]
    return flat([links, [_followed(lines, first["generation"])], _during(lines, first["rollout"] or ""), *parts])


def _followed(lines: Lines, generation: int | None) -> Link:
    """The event that told the endpoint who answers."""
    event = lines.at(generation or 0)
    if event is None:
        return gone("routing", f"the endpoint followed event {generation} of the ledger, which is not there")
    return Link(
        "routing",
        f"the endpoint followed event {event.number}: version {event.version} {event.kind.replace('_', ' ')} by {event.by}",
    )


def _data(lines: Lines, digest: str) -> tuple[Link, ...]:
    judged = lines.beginning("features_digest", digest)
    links: list[Link] = []
    if judged:
        told = judged[0].facts.get("lineage") or judged[0].facts.get("tags") or {}
        links += data.snapshot(str(told.get("features_uri")), str(told.get("features_digest")))
    elif batches := data.batches_of(digest):
        links += [Link("curated", f"{day}: batch {batch}") for day, batch in batches]
        known = lines.of_kinds("judged", "registered", "described")
        uris = {str(_told(event).get("features_uri")) for event in known if _told(event).get("features_uri")}
        held = set(snapshots.with_any(batches, uris))
        links += [Link("data", f"snapshot {uri.rpartition('/')[2]}", uri) for uri in sorted(held)]
        judged = tuple(event for event in known if _told(event).get("features_uri") in held)
    else:
        judged = tuple(event for event in lines.beginning("digest", digest) if event.kind in ("judged", "registered"))
        if not judged:
            raise PermanentError(
                f"trace: nothing in the lake has the digest {digest}: no snapshot, curated batch, delivery or model"
            )
        return flat(_model(lines, judged, one) for one in dict.fromkeys(str(event.digest) for event in judged))
    return flat([links, _models_of(lines, judged)])


def _model(lines: Lines, judged: Events, digest: str) -> Iterator[Link]:
    """All that is known of model files: of a refused model, too, which has no version."""
    of_it = [event for event in judged if event.digest == digest]
    made = next((event for event in of_it if event.kind == "registered"), None)
    of = _identity(lines, str(made.version)) if made else None
    if of is not None:
        yield from _back(lines, of)
        return
    job_key, source = str(of_it[-1].facts.get("job_key")), str(_told(of_it[-1]).get("model_uri") or "")
    yield from _made_of(lines.where(digest=digest), Identity("", digest, job_key, source, of_it[-1]))


def _told(event: object) -> dict[str, str]:
    facts = getattr(event, "facts", {})
    found = facts.get("lineage") or facts.get("tags")
    return found if isinstance(found, dict) else {}


def _models_of(lines: Lines, judged: Events) -> Iterator[Link]:
    """Each model that the events are of: refused, registered under a version, released."""
    jobs = dict.fromkeys((str(event.facts.get("job_key")), str(event.digest)) for event in judged)
    made = {(str(event.facts.get("job_key")), str(event.digest)): event for event in lines.of_kinds("registered", "adopted")}
    last = {(str(event.facts.get("job_key")), str(event.digest)): event for event in judged}
    acts = lines.by_value([str(made[job].version) for job in jobs if job in made], "version", "replaces", kinds=versions.ACTS)
    for job_key, digest in jobs:
        event = made.get((job_key, digest))
        if event is None:
            refused = last[job_key, digest]
            told = versions.verdict_in_words(refused) if refused.kind == "judged" else "it has no version"
            yield Link("model", f"{digest[:16]} of job {job_key[:16]}: {told}")
            continue
        yield Link("model", f"version {event.version}, files {digest[:16]}, registered (event {event.number}, {event.at})")
        yield from versions.acts(acts[str(event.version)], str(event.version))


def _person(lines: Lines, name: str) -> tuple[Link, ...]:
    who = name if name.startswith(("person:", "program:")) or name == "nobody" else f"person:{' '.join(name.split())}"
    events = lines.where(by=who, approved_by=who.partition(":")[2])
    if not events:
        names = sorted({event.by for event in lines.of_kinds("approved", "rejected", "rolled_back", "rollout_extended", "erased")})
        raise PermanentError(f"trace: the ledger holds nothing by {who}; it holds acts by {', '.join(names[:20]) or 'nobody yet'}")
    links = []
    for event in events:
        of = f"version {event.version}" if event.version else "no version"
        why = event.facts.get("note") or event.facts.get("reason") or event.facts.get("why")
        links.append(
            Link("act", f"{event.kind.replace('_', ' ')}: {of} (event {event.number}, {event.at}){f': {why}' if why else ''}")
        )
        if event.kind == "approved":
            used = [one for one in lines.where(approval=event.sha256) if one.kind in ("promoted", "rollout_started")]
            links += [Link("act", f"  led to: {one.kind.replace('_', ' ')} (event {one.number}, {one.at})") for one in used]
    return tuple(links)
