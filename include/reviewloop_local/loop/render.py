"""The closing tables of ``make run``."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reviewloop_local.loop.summary import Summary

_STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def show(summary: Summary, console: Console) -> None:
    """Rows, gates, models, drift, seconds, links, and the verdict last."""
    console.print()
    for table in (_rows(summary), _gates(summary), _models(summary), _drift(summary), _seconds(summary)):
        if table.row_count:
            console.print(table)
    if summary.links:
        console.print("[bold]Where to look[/]")
    for title, url in summary.links.items():  # no table: a link that is broken over two cells cannot be clicked or copied
        console.print(f"  {title:<20}{escape(url)}", soft_wrap=True)
    if summary.choice:
        console.print(f"Chosen: {escape(summary.choice)}", soft_wrap=True)
    for line in summary.reused:
        console.print(f"Reused: {escape(line)}", soft_wrap=True)
    if summary.champion:
        champion = summary.champion
        before = f"; before it version {champion.previous}" if champion.previous else ""
        console.print(
            f"[bold]Champion: version {champion.version} ({champion.kind})[/], approved by {escape(champion.approved_by)}{before}",
            soft_wrap=True,
        )
    for line in summary.made_good:
        console.print(f"Made good: {escape(line)}", soft_wrap=True)
    for problem in summary.problems:
        console.print(f"[bold red]✗[/] {escape(problem)}", soft_wrap=True)
    if summary.succeeded:
        green = "every other run is green" if summary.made_good else "every run is green"
        console.print(f"[bold green]✓ The loop ran: {green}, no row is lost, the champion answers.[/]")
    else:
        console.print(
            "[bold red]The loop did not succeed.[/] Mend what is named above, then `make run` again: it redoes what failed."
        )


def show_deliveries(summary: Summary, console: Console) -> None:
    """Rows, gates and reports of the days that were delivered, and the verdict last."""
    console.print()
    for table in (_rows(summary), _gates(summary)):
        if table.row_count:
            console.print(table)
    for title, url in summary.links.items():
        console.print(f"  {title:<20}{escape(url)}", soft_wrap=True)
    for line in summary.made_good:
        console.print(f"Made good: {escape(line)}", soft_wrap=True)
    for problem in summary.problems:
        console.print(f"[bold red]✗[/] {escape(problem)}", soft_wrap=True)
    if summary.succeeded:
        rows = ", ".join(f"{day.curated} rows of {day.day}" for day in summary.days)
        console.print(f"[bold green]✓ In the lake: {rows}.[/]")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        number = column in {"landed", "curated", "quarantined", "accuracy", "macro-F1", "seconds"} or column.startswith("recall")
        named = column in {"gate", "model", "day", "stage (its newest run)"}
        table.add_column(column, justify="right" if number else "left", overflow="fold", no_wrap=named)
    return table


def _rows(summary: Summary) -> Table:
    table = _table("Rows", "day", "landed", "curated", "quarantined", "why")
    for day in summary.days:
        why = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in day.reasons.items())
        table.add_row(day.day, str(day.landed), "none" if day.curated is None else str(day.curated), str(day.quarantined), why)
    return table


def _gates(summary: Summary) -> Table:
    table = _table("Gates", "gate", "of", "verdict", "what was found")
    for gate in summary.gates:
        style = _STYLES.get(gate.verdict, "dim")
        table.add_row(gate.name, gate.of, f"[{style}]{gate.verdict}[/]", escape(gate.finding))
    return table


def _models(summary: Summary) -> Table:
    classes = sorted({name for metrics in summary.models for name in metrics.recall})
    table = _table("Models on the sealed test part", "model", "kind", "accuracy", "macro-F1", *(f"recall {c}" for c in classes))
    for metrics in summary.models:
        recall = [f"{metrics.recall[name]:.3f}" if name in metrics.recall else "" for name in classes]
        table.add_row(metrics.role, metrics.kind, f"{metrics.accuracy:.3f}", f"{metrics.macro_f1:.3f}", *recall)
    return table


def _drift(summary: Summary) -> Table:
    table = _table("Drift", "day", "scored by", "verdict", "why")
    for drift in summary.drift:
        verdict = "[bold red]drift[/]" if drift.fired else "[green]none[/]"
        table.add_row(drift.day, f"version {drift.model_version}", verdict, escape("; ".join(drift.reasons)))
    return table


def _seconds(summary: Summary) -> Table:
    table = _table("Seconds", "stage (its newest run)", "seconds")
    for stage, seconds in summary.seconds.items():
        table.add_row(stage, f"{seconds:.0f}")
    return table
