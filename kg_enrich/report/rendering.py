"""Lays a report or a card out; every text of a graph is escaped."""

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kg_enrich import __version__
from kg_enrich.report.figures import Part, histogram, shares
from kg_enrich.report.gathering import Report

_COUNTERS = ("documents", "pairs", "scored", "skipped", "abstained", "failed", "published",
             "withdrawn")  # fmt: skip


def render_report(report: Report, quality: Markup | str = "") -> str:
    """The report as one HTML file that refers to nothing outside itself.

    quality: what audits say, laid out; '' leaves the section out.
    """
    coverage = report.coverage
    documents = (
        Part("with evidence", coverage.covered, "accent"),
        Part("without", coverage.documents - coverage.covered, "rest"),
    )
    images = (
        Part("evidence and referenced", coverage.both, "accent"),
        Part("evidence only", coverage.evidence_only, "second"),
        Part("referenced only", coverage.referenced_only, "third"),
        Part("neither", coverage.neither, "rest"),
    )
    page = template("report.html")
    return page.render(
        report=report,
        coverage=coverage,
        quality=quality,
        model=report.run.run.record.scorer if report.run else "",
        ran=_ran(report),
        counters=_counters(report),
        said=sum(count for decision, count in report.words.items() if decision != "none"),
        scores=histogram(report.judged, report.published, report.policy.min_score),
        documents=documents,
        documents_bar=shares(documents),
        images=images,
        images_bar=shares(images),
    )


def template(name: str) -> Template:
    """A template with what all of them use. Whatever stands in a graph is text, not markup."""
    loader = PackageLoader("kg_enrich.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.globals.update(
        share=_share,
        number=lambda count: f"{count:,}",
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        version=__version__,
        # Of this package, and no text of anybody's.
        style=Markup(loader.get_source(environment, "style.css")[0]),
    )
    return environment.get_template(name)


def _share(count: int, total: int) -> str:
    if not total:
        return "–"
    percent = 100 * count / total
    return f"{percent:.0f} %" if percent in (0, 100) or 1 <= percent <= 99 else f"{percent:.1f} %"


def _ran(report: Report) -> str:
    if report.run is None:
        return ""
    past = report.run.run
    said = f"A {past.kind} that began {past.started[:16].replace('T', ' ')} UTC"
    said += f" {past.record.status.value} after {_duration(past.record.seconds)}."
    return said + (f" {past.record.error}" if past.record.error else "")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _counters(report: Report) -> list[tuple[str, int]]:
    if report.run is None:
        return []
    counters = report.run.run.record.counters
    told = ((name, getattr(counters, name)) for name in _COUNTERS)
    return [(name, count) for name, count in told if count or name in ("documents", "published")]
