"""The race as tables in Markdown, and the aims with what was seen."""

from typing import Final

import numpy as np

from reviewloop_local.bench.ratios import Ratio
from reviewloop_local.bench_serving.breakdown import NOTES, REST, Breakdown
from reviewloop_local.bench_serving.results import OURS, Overload, Results, rates, ratio, together

AIMED: Final = 8.0
"""Times the twelve lines, at 8 clients."""
NEEDED: Final = 4.0
"""The least, where the CPU multiplies 8-bit integers."""
PROMISED_MS: Final = 250.0
"""p99 of what is taken in under overload; three times what it is without load, where that is more."""
REFUSED_MS: Final = 10.0
MEMORY_MB: Final = 100.0
RECOVERED_SECONDS: Final = 2.0


def times_the_twelve_lines(results: Results) -> Ratio:
    """Requests a second, at 8 clients."""
    return ratio(rates(results.closed[OURS]), rates(results.closed[_twelve(results)]))


def markdown(results: Results) -> str:
    """All tables."""
    lines = [
        f"{results.machine}; ours answers {results.form}; {results.num_texts} texts; contenders in turns, "
        f"{len(results.closed[OURS])} rounds, 95 % intervals over rounds.", "",
        "| contender | requests/s, 8 clients | ours is times as fast | processor, ms each | p50, ms | p99, ms "
        "| alone, p50, ms | p99, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, rounds in results.closed.items():
        all_of_it, alone = together(rounds), together(results.alone[name])
        faster = "" if name == OURS else _interval(ratio(rates(results.closed[OURS]), rates(rounds)))
        lines.append(
            f"| {name} | {np.mean(rates(rounds)):.0f} | {faster} | {np.mean(results.cpu_ms[name]):.1f} "
            f"| {all_of_it.ms(0.5):.1f} | {all_of_it.ms(0.99):.1f} "
            f"| {alone.ms(0.5):.1f} | {alone.ms(0.99):.1f} |"
        )
    if results.breakdown is not None:
        lines += _where_it_goes(results.breakdown, float(np.mean(results.alone_cpu_ms)), float(np.mean(results.cpu_ms[OURS])))
    seconds = results.batch
    each = {name: 1000 * np.mean(of_one) / results.num_texts for name, of_one in seconds.items()}
    lines += [
        "", "Many texts on one core, in turns: ours "
        f"{each['ours']:.2f} ms a text, `transformers.pipeline` in fp32 with batches of 32 {each['pipeline']:.2f} ms: "
        f"{_interval(ratio(seconds['pipeline'], seconds['ours']))} times.",
    ]  # fmt: skip
    if results.half is not None:
        half = results.half
        lines += [
            "",
            f"At half of what it can bear, arrival times drawn before: p50 {half.ms(0.5):.1f} ms, p99 {half.ms(0.99):.1f} ms.",
        ]
    if results.overloads:
        lines += [
            "", "| load | offered/s | answered/s | of capacity | p99, ms | refused, p99, ms | memory, MB more | recovered, s "
            "| asked late, p99, ms | the load's own, of a core |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]  # fmt: skip
        capacity = float(np.mean(rates(results.closed[OURS])))
        for one in results.overloads:
            back = "no" if one.recovered_seconds is None else f"{one.recovered_seconds:.1f}"
            lines.append(
                f"| {one.times:.0f} times | {one.offered:.0f} | {one.answers.rate:.0f} | {one.answers.rate / capacity:.0%} "
                f"| {one.answers.ms(0.99):.0f} | {one.answers.ms(0.99, 429):.0f} | {one.memory_mb:+.0f} | {back} "
                f"| {one.answers.late_ms(0.99):.1f} | {one.answers.load_share:.0%} |"
            )
    return "\n".join([*lines, "", *(f"{note}" for note in results.notes)])


def verdicts(results: Results) -> list[str]:
    """The aims, each with what was seen."""
    closed, ours = results.closed, rates(results.closed[OURS])
    alone, times = together(results.alone[OURS]), times_the_twelve_lines(results)
    found = [f"{_mark(times.value >= AIMED)} at least {AIMED:.0f} times the twelve lines: {_interval(times)}"]
    for name, least in (("mlflow models serve", 2.0), ("LitServe", 1.0)):
        if name in closed:
            ahead = ratio(ours, rates(closed[name]))
            found.append(f"{_mark(ahead.value >= least)} at least {least:.0f} times {name}: {_interval(ahead)}")
    batch = ratio(results.batch["pipeline"], results.batch["ours"])
    fine = alone.ms(0.5) <= 5 and alone.ms(0.99) <= 15
    found.append(
        f"{_mark(fine)} one review at a time: p50 {alone.ms(0.5):.1f} ms (5 aimed), p99 {alone.ms(0.99):.1f} ms (15 aimed)"
    )
    found.append(f"{_mark(batch.value >= AIMED)} many texts on one core {AIMED:.0f} times the fp32 pipeline: {_interval(batch)}")
    capacity = float(np.mean(ours))
    for one in results.overloads:
        least = 0.9 if one.times <= 3 else 0.5
        kept = one.answers.rate / capacity
        found.append(f"{_mark(kept >= least)} at {one.times:.0f} times the load {least:.0%} of capacity is answered: {kept:.0%}")
        found += _under_load(one, max(PROMISED_MS, 3 * alone.ms(0.99)))
    return found


def _where_it_goes(found: Breakdown, alone: float, at_8: float) -> list[str]:
    whole = {**found.parts, REST: found.rest(alone), f"together, without the {NOTES}": alone, "at 8 clients": at_8}
    return [
        "", "| where a request's time goes, asked one after the other | processor, ms |", "| --- | ---: |",
        *(f"| {name} | {ms:.2f} |" for name, ms in whole.items()),
        "", f"Where texts of one length share passes, the model takes {found.shared:.2f} ms a text.",
    ]  # fmt: skip


def _under_load(one: Overload, promised_ms: float) -> list[str]:
    """What an overload must not do to those who ask, nor to the process. A number that is missing reaches no aim."""
    accepted, refused, back = one.answers.ms(0.99), one.answers.ms(0.99, 429), one.recovered_seconds
    at, told = f"at {one.times:.0f} times the load", "never within the time" if back is None else f"{back:.1f} s"
    return [
        f"{_mark(accepted <= promised_ms)} {at} who is taken in is answered in {promised_ms:.0f} ms (p99): {accepted:.0f} ms",
        f"{_mark(refused <= REFUSED_MS)} {at} a refusal takes {REFUSED_MS:.0f} ms (p99): {refused:.1f} ms",
        f"{_mark(one.memory_mb <= MEMORY_MB)} {at} at most {MEMORY_MB:.0f} MB more are held: {one.memory_mb:+.0f} MB",
        f"{_mark(back is not None and back <= RECOVERED_SECONDS)} {at} it has recovered after {RECOVERED_SECONDS:.0f} s: {told}",
    ]


def _twelve(results: Results) -> str:
    return next(name for name in results.closed if name.startswith("twelve lines"))


def _interval(one: Ratio) -> str:
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _mark(reached: bool) -> str:
    return "reached:" if reached else "missed: "
