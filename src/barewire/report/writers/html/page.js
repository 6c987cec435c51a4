// The page's own script: figures drawn when they come near, in the colours of the theme; networks shown or not; cells told.
(() => {
  "use strict";
  const root = document.documentElement;
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const hidden = new Set();
  const plots = [...document.querySelectorAll(".plot")];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 700px)");

  const themed = (value, style) => {
    if (typeof value === "string") {
      const name = /^var\((--[a-z0-9-]+)\)$/.exec(value);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => themed(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, style)]));
    }
    return value;
  };

  const draw = (plot) => {
    const spec = themed(specs[plot.id], getComputedStyle(root));
    for (const trace of spec.traces) trace.visible = !hidden.has(trace.meta);
    // A finger scrolls the page; only a mouse zooms.
    spec.layout.dragmode = narrow.matches ? false : "zoom";
    if (narrow.matches) spec.layout.font.size = 11;
    plot.classList.add("drawn");
    return Plotly.react(plot, spec.traces, spec.layout, {
      responsive: true, displaylogo: false, doubleClick: "reset",
      modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]], displayModeBar: narrow.matches ? false : "hover",
    });
  };
  const redraw = () => plots.filter((plot) => plot.classList.contains("drawn")).forEach(draw);

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "800px" });
  plots.forEach((plot) => watcher.observe(plot));
  dark.addEventListener("change", redraw);
  narrow.addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
    plots.forEach(draw);
  });

  // Networks shown in figures: every legend of the page is the same set of boxes.
  const boxes = [...document.querySelectorAll("input[data-network]")];
  const show = (network, shown) => {
    hidden[shown ? "delete" : "add"](network);
    for (const box of boxes) if (box.dataset.network === network) box.checked = shown;
    for (const button of document.querySelectorAll("button[data-worst]")) {
      button.setAttribute("aria-pressed", String(hidden.has(button.dataset.worst)));
    }
    redraw();
  };
  for (const box of boxes) box.addEventListener("change", () => show(box.dataset.network, box.checked));
  for (const button of document.querySelectorAll("button[data-worst]")) {
    button.addEventListener("click", () => show(button.dataset.worst, hidden.has(button.dataset.worst)));
  }

  // A cell tells all it knows on hover, tap or focus; arrow keys walk a table.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");  // the same text is in the cell
  document.body.append(tip);
  const hide = () => { tip.hidden = true; };
  const tell = (cell) => {
    const text = cell.querySelector(".more");
    if (!text) return hide();
    tip.replaceChildren(...text.textContent.split("; ").map((line) => {
      const row = document.createElement("div");
      row.textContent = line;
      return row;
    }));
    tip.hidden = false;
    const at = cell.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), root.clientWidth - own.width - 8);
    const top = at.top - own.height - 6 < 4 ? at.bottom + 6 : at.top - own.height - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${top}px`;
  };
  for (const table of document.querySelectorAll("table.losses")) {
    const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
    const cells = rows.flat();
    if (cells[0]) cells[0].tabIndex = 0;
    table.addEventListener("mouseover", (event) => { const cell = event.target.closest("td"); if (cell) tell(cell); });
    table.addEventListener("mouseleave", hide);
    table.addEventListener("focusin", (event) => { const cell = event.target.closest("td"); if (cell) tell(cell); });
    table.addEventListener("focusout", hide);
    table.addEventListener("keydown", (event) => {
      if (event.key === "Escape") return hide();
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      const cell = event.target.closest("td");
      if (!step || !cell) return;
      const y = rows.findIndex((row) => row.includes(cell));
      const next = rows[y + step[0]]?.[rows[y].indexOf(cell) + step[1]];
      event.preventDefault();
      if (!next) return;
      cell.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }
  addEventListener("scroll", hide, { passive: true });

  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) { button.hidden = true; continue; }
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }
})();
