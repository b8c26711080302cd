"""What a benchmark found, in tables and sentences."""

from collections.abc import Mapping
from typing import Final

from reviewloop_local.bench.contenders import ABLATIONS, AS_SHIPPED, CONTENDERS, CUSTOMER, OURS, RIVALS, TUNED
from reviewloop_local.bench.race import Lap
from reviewloop_local.bench.ratios import Ratio, padding_share, speed_ratio, tokens_per_second
from reviewloop_local.bench.results import QUALITY_MARGIN, Results
from reviewloop_local.bench.tables import Table

NO_GPU: Final = "no GPU here"
NOT_QUICK: Final = "not in the quick version"
AIMED_RATIO: Final = 5.0
"""Times the customer's loop."""


def speed_table(results: Results) -> Table:
    """Samples and tokens a second, memory, and the time from start to result."""
    rows = []
    for contender in CONTENDERS:
        lap = results.laps[contender.name]
        tokens = tokens_per_second(lap.measured)
        ratio = speed_ratio(lap.measured, results.laps[CUSTOMER.name].measured)
        padding = f"{padding_share(lap.measured):.0%}"
        cells = [contender.title, _samples(results, lap), _interval(ratio), f"{tokens:,.0f}", padding, _share(results, tokens)]
        rows.append([*cells, _memory(lap), _gpu_memory(lap), f"{lap.seconds:.0f}" if lap.finished else NOT_QUICK])
    return Table(
        "Speed",
        ["contender", "samples/s", "times the customer's (95 %)", "tokens/s", "padding", "share of peak bf16", "memory MB",
         "GPU memory MB", "start to result s"],
        rows,
        f"Training alone, over {len(results.laps[CUSTOMER.name].measured)} rounds in turns, measured in tokens without padding; "
        f"a sample is {results.recipe.mean_tokens:.1f} of them, the mean. "
        "Start to result has it all: imports, loading, its own validation and checkpoints, saving.",
    )  # fmt: skip


def quality_table(results: Results) -> Table:
    """Macro-F1, and its difference to ours."""
    rows = []
    for contender in CONTENDERS:
        found = results.quality[contender.name]
        less = found.against_ours
        against = "" if contender is OURS else f"{less.delta:+.3f} ({less.low:+.3f} to {less.high:+.3f})"
        rows.append([contender.title, f"{found.validation:.3f}", f"{found.held_out:.3f}", against])
    return Table(
        f"Quality after {results.recipe.epochs} epochs",
        ["contender", "macro-F1 validation", "macro-F1 held out", "minus ours, held out (95 %)"],
        rows,
        f"{results.num_held_out} rows are held out. Ours keeps its best epoch by the validation part, so that the held-out rows, "
        "which no contender saw, are the fairer judge. The interval is a paired bootstrap over the rows, one training each.",
    )


def differences_table() -> Table:
    """What differs between the contenders."""
    return Table(
        "What differs",
        ["contender", "batches", "precision", "optimiser", "layers", "dropout", "loss"],
        [
            [found.title, found.batches, found.precision, found.optimiser, found.layers, found.dropout, found.loss]
            for found in CONTENDERS
        ],
        is_words=True,
    )


def ablation_table(results: Results) -> Table:
    """What each part of ours is worth."""
    shipped = results.ablations[AS_SHIPPED.name]
    rows = []
    for contender in ABLATIONS:
        lap = results.ablations[contender.name]
        if lap.failure:
            rows.append([contender.title, "does not run here", lap.failure.splitlines()[-1], "", ""])
            continue
        cells = [contender.title, _samples(results, lap), _interval(speed_ratio(lap.measured, shipped.measured))]
        rows.append([*cells, f"{padding_share(lap.measured):.0%}", f"{lap.warm_up_seconds:.0f}"])
    return Table(
        "Parts of ours",
        ["ours", "samples/s", "times as shipped (95 %)", "padding", "warm-up s"],
        rows,
        f"{len(shipped.measured)} rounds in turns. A part whose interval holds 1 is not seen to make a difference here. "
        "The warm-up is the time from the start to the end of the first turn, which is not counted as speed.",
    )


def watch_table(cost: Ratio, own: float) -> Table:
    """What the debugger and the profiler cost; ``own`` is the share that their code takes of a step without them."""
    rows = [
        ["step time, watched over unwatched", f"{cost.value:.3f}", f"{cost.low:.3f} to {cost.high:.3f}"],
        ["the same, by the time in the watcher's own code", f"{1 + own:.3f}", ""],
    ]
    return Table("Cost of the watcher", ["", "ratio", "95 %"], rows)


def tables(results: Results) -> list[Table]:
    """All that was measured, what matters first."""
    found = [speed_table(results)]
    if results.quality:
        found.append(quality_table(results))
    found.append(differences_table())
    if results.ablations:
        found.append(ablation_table(results))
    if results.watch_cost:
        found.append(watch_table(results.watch_cost, results.watch_own))
    return found


def verdicts(results: Results) -> list[str]:
    """The aims, each with what was seen."""
    ours = results.laps[OURS.name].measured
    times = speed_ratio(ours, results.laps[CUSTOMER.name].measured)
    ahead = speed_ratio(ours, results.laps[TUNED.name].measured)
    lines = [
        f"{_mark(times.value >= AIMED_RATIO)} at least {AIMED_RATIO:.0f} times the customer's loop: {_interval(times)}",
        f"{_mark(ahead.value > 1)} ahead of the tuned Trainer: {_interval(ahead)} times",
    ]
    if not results.quality:
        return [*lines, f"not measured: equal quality ({NOT_QUICK})"]
    validation = {name: quality.validation for name, quality in results.quality.items()}
    held_out = {name: quality.held_out for name, quality in results.quality.items()}
    return [*lines, _quality_verdict("validation", validation), _quality_verdict("held out", held_out)]


def _quality_verdict(part: str, metrics: Mapping[str, float]) -> str:
    lead = metrics[OURS.name] - max(metrics[rival.name] for rival in RIVALS)
    aim = f"macro-F1 ({part}) at most {100 * QUALITY_MARGIN:.1f} points under the best of the others"
    return f"{_mark(lead >= -QUALITY_MARGIN)} {aim}: {100 * lead:+.1f} points"


def markdown(results: Results) -> str:
    """The whole report."""
    recipe = results.recipe
    about = (
        f"{results.source}: {recipe.num_train_rows} training rows of {recipe.mean_tokens:.0f} tokens on average, cut at "
        f"{recipe.max_seq_length}; {recipe.epochs} epochs, batches of {recipe.batch_size}. {results.machine.in_words()}. "
        f"{results.when}."
    )
    lines = [*verdicts(results), *results.notes]
    return "\n".join([about, "", *(f"- {line}" for line in lines), "", *(table.markdown() for table in tables(results))])


def _samples(results: Results, lap: Lap) -> str:
    return f"{tokens_per_second(lap.measured) / results.recipe.mean_tokens:.1f}"


def _mark(holds: bool) -> str:
    return "met:" if holds else "missed:"


def _interval(ratio: Ratio) -> str:
    return f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def _share(results: Results, tokens_per_second: float) -> str:
    if results.machine.gpu is None:
        return NO_GPU
    share = results.machine.share_of_peak(tokens_per_second)
    return f"peak of {results.machine.gpu} not known" if share is None else f"{share:.1%}"


def _memory(lap: Lap) -> str:
    return f"{lap.turns[-1].memory_mb:,.0f}"


def _gpu_memory(lap: Lap) -> str:
    used = lap.turns[-1].gpu_memory_mb
    return NO_GPU if used is None else f"{used:,.0f}"
