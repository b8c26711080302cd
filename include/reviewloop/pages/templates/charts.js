// Draws the page's plots with plotly.js: in the reader's theme, over one span of days, each point a link to its day's report.
"use strict";
(() => {
  const DAY = 86_400_000;
  const SPANS = { "30 days": 30, "90 days": 90, "a year": 365 };
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const reports = read("reports");
  const places = [...document.querySelectorAll("[data-chart]")];
  const specs = new Map(places.map(place => [place, read(`chart-${place.dataset.chart}`)]));
  const days = [...specs.values()].flatMap(spec => spec.traces.flatMap(trace => [trace.x[0], trace.x.at(-1)])).filter(Boolean).sort();
  const whole = days.length ? [Date.parse(days[0]) - DAY / 2, Date.parse(days.at(-1)) + DAY / 2] : [0, 1];
  let span = whole;
  let following = false;

  const painted = (value, style) => {
    if (Array.isArray(value)) return value.map(one => painted(one, style));
    if (value === null || typeof value !== "object") return value;
    if (typeof value.var === "string") return style.getPropertyValue(`--${value.var}`).trim() + value.alpha;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, painted(one, style)]));
  };

  const laid = (layout, style) => {
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const axis = { gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"), automargin: true };
    const hover = { bgcolor: colour("page"), bordercolor: colour("line"), font: { color: colour("ink") }, align: "left" };
    const base = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colour("ink"), size: 12, family: "system-ui, sans-serif" },
      margin: { l: 44, r: 12, t: 18, b: 30 }, hovermode: "x unified", hoverdistance: -1, hoverlabel: hover, dragmode: "zoom",
      legend: { orientation: "h", x: 0, y: -0.14, yanchor: "top" }, bargap: 0,
    };
    const xaxis = { ...axis, type: "date", range: span.map(at => new Date(at).toISOString()), hoverformat: "%Y-%m-%d", showspikes: false };
    const given = painted(layout, style);
    return { ...base, ...given, xaxis: { ...xaxis, ...given.xaxis }, yaxis: { ...axis, fixedrange: true, ...given.yaxis } };
  };

  const draw = place => {
    const spec = specs.get(place);
    const style = getComputedStyle(document.documentElement);
    const config = { responsive: true, displaylogo: false, displayModeBar: false, doubleClick: false };
    return Plotly.react(place, painted(spec.traces, style), laid(spec.layout, style), config);
  };

  const zoom = to => {
    span = to[0] < to[1] ? to : whole;
    following = true;
    const drawn = places.filter(place => place.dataset.drawn);
    const range = span.map(at => new Date(at).toISOString());
    Promise.all(drawn.map(place => Plotly.relayout(place, { "xaxis.range": range }))).finally(() => { following = false; });
  };

  const open = (point, event) => {
    const href = reports[String(point.x).slice(0, 10)];
    if (!href || new URL(href, location.href).origin !== location.origin) return;
    if (event && (event.ctrlKey || event.metaKey)) window.open(href, "_blank", "noopener");
    else location.assign(href);
  };

  const first = place => draw(place).then(() => {
    place.dataset.drawn = "yes";
    place.on("plotly_click", found => open(found.points[0], found.event));
    place.on("plotly_relayout", change => {
      if (!following && change["xaxis.range[0]"]) zoom([Date.parse(change["xaxis.range[0]"]), Date.parse(change["xaxis.range[1]"])]);
    });
  });

  const spans = document.getElementById("spans");
  for (const [name, length] of Object.entries({ ...SPANS, all: Infinity })) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => zoom([Math.max(whole[0], whole[1] - length * DAY), whole[1]]));
    spans.append(button);
  }

  // What is in sight first: a plot further down is drawn when the reader comes near it.
  const near = new IntersectionObserver(
    found => found.filter(one => one.isIntersecting).forEach(one => { near.unobserve(one.target); first(one.target); }),
    { rootMargin: "400px" },
  );
  places.forEach(place => near.observe(place));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => places.filter(place => place.dataset.drawn).forEach(draw));
})();
