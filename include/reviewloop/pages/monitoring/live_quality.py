"""How well the champion answers, on a day's drift page: estimated without labels, realised with them; the sentiments' shares."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit

_MARKS: Final = {"accuracy": "accuracy", "macro_f1": "macro-F1"} | {f"recall.{name}": f"recall of {name}" for name in SENTIMENTS}
_STANDING: Final[Mapping[str, kit.Kind]] = {"worse": "fail", "no worse": "pass", "not enough evidence": "none"}


def quality_section(quality: Mapping[str, Any], priors: Mapping[str, Any]) -> Markup:
    """HTML of ``LiveQuality`` and ``Priors`` as JSON."""
    realised, estimated = quality["realised"], quality["estimated"]
    if estimated is None:
        marks = kit.paragraph(f"Nothing is estimated: {quality['refused']}.")
    else:
        whose = "the day's own" if estimated["is_reweighed"] else "the sealed reviews'"
        told = f"at {whose} shares of the sentiments"
        marks = kit.join(
            [
                kit.paragraph(f"Estimated by the champion's answers alone, {told}; each with its 95 % interval.", "soft"),
                _marks(estimated["marks"], realised["marks"]),
                kit.details("What the estimate cannot see", kit.bullets(estimated["blind_spots"])),
            ]
        )
    return kit.join([kit.paragraph(_arrived(realised)), marks, _tests(quality), _priors(priors)])


def _arrived(realised: Mapping[str, Any]) -> str:
    words = f"{realised['labels_arrived']:.0%} of the labels have arrived: {realised['num_rated']:,} of {realised['num_rows']:,}."
    return f"{words} What they say is provisional, and is replaced as more come." if realised["is_provisional"] else words


def _marks(estimated: Sequence[Mapping[str, Any]], realised: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        [_MARKS[guess["name"]], *_interval(guess), *_interval(known), f"{known['labels_arrived']:.0%}"]
        for guess, known in zip(estimated, realised, strict=True)
    ]
    head = ["Mark", "Estimated", "95 % interval", "Realised", "95 % interval", "Labels arrived"]
    return kit.table(head, rows, numeric=range(1, 6))


def _interval(mark: Mapping[str, Any]) -> tuple[str, str]:
    """Value and interval of a mark or a share; a dash where it is not known."""
    value, low, high = mark["value"], mark["low"], mark["high"]
    ends = "–" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    return "–" if value is None else f"{value:.3f}", ends


def _tests(quality: Mapping[str, Any]) -> Markup:
    """The falls, the gaps, and who rates."""
    early = " (provisional)" if quality["realised"]["is_provisional"] else ""
    rows = [[kit.mark(_STANDING[one["standing"]], one["standing"] + early), "fall", one["words"]] for one in quality["falls"]]
    rows += [
        [kit.mark("fail", "gap" + early) if one["fired"] else kit.mark("pass", "no gap" + early), "concept", one["words"]]
        for one in quality["gaps"]
    ]
    worse = [one for one in quality["slices"] if one["standing"] == "worse"]
    rows += [[kit.mark("fail", "worse" + early), "a group", one["words"]] for one in worse]
    if quality["slices"] and not worse:
        judged = sum(one["standing"] == "as before" for one in quality["slices"])
        few = len(quality["slices"]) - judged
        told = f"{judged} groups are answered as before; of {few} too few reviews are rated to say"
        rows.append([kit.mark("pass" if judged else "none", "as before" if judged else "not enough evidence"), "each group", told])
    rated = quality["rated"]
    word: kit.Kind = "warn" if rated["verdict"] == "different" else "pass" if rated["verdict"] == "alike" else "none"
    rows.append([kit.mark(word, rated["verdict"]), "who rates", rated["words"]])
    return kit.table(["Verdict", "Asks about", "What was found"], rows, kind="roomy")


def _priors(priors: Mapping[str, Any]) -> Markup:
    title = kit.heading("The sentiments' shares, told from the answers")
    if priors["refused"]:
        return kit.join([title, kit.paragraph(f"Not told: {priors['refused']}.")])
    rows = [[mlls["name"], *_interval(mlls), *_interval(bbse)] for mlls, bbse in zip(priors["mlls"], priors["bbse"], strict=True)]
    head = ["Sentiment", "MLLS", "95 % interval", "BBSE", "95 % interval"]
    told = "Shown, and used for the numbers above where they have moved. What is answered to customers stays as it is."
    return kit.join([title, kit.table(head, rows, numeric=range(1, 5)), kit.paragraph(told, "soft")])
