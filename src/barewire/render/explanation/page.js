// The flame graph: boxes as wide as what they and everything under them execute, callers above whom they call.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [network, colour, graph, detail, key] = ["network", "colour", "graph", "detail", "key"].map(byId);
  const ROW = 19, LEAST = 0.0008;
  const palette = ["#bdbdbd", "#8da0cb", "#66c2a5", "#a6d854", "#1f78b4", "#33a02c", "#b2df8a", "#e31a1c", "#ff7f00", "#6a3d9a", "#b15928",
    "#cab2d6", "#fdbf6f", "#a6cee3", "#fb9a99", "#e5c494", "#dddddd"];
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: data.digits });
  const signed = new Intl.NumberFormat("en", { maximumFractionDigits: data.digits, signDisplay: "exceptZero" });
  let focus = 0, current = 0, shown = new Map();

  const now = () => data.graphs[Number(network.value)];
  const children = (one, parent) => one.parents.flatMap((p, at) => (p === parent ? [at] : []));
  const mixed = (name, share) => `color-mix(in srgb, ${name} ${Math.round(share * 100)}%, var(--box))`;
  const stageColour = (stage) => `color-mix(in srgb, ${palette[data.stages.indexOf(stage) % palette.length]} var(--stage), var(--box))`;

  function background(one, at) {
    if (colour.value === "stages") return one.stages[at] ? stageColour(one.stages[at]) : "var(--box)";
    const more = one.values[at] - one.before[at];
    const share = Math.max(-1, Math.min(1, more / Math.max(one.values[at], 10 ** -data.digits)));
    return mixed(share > 0 ? "var(--more)" : "var(--less)", 0.75 * Math.abs(share));
  }

  function describe(at) {
    const one = now();
    const more = one.values[at] - one.before[at];
    detail.textContent = `${one.names[at]}: ${whole.format(one.values[at])} instructions per ${data.operation}, ` +
      `${signed.format(more)} against ${data.baseline}` + (one.stages[at] ? `; stage: ${one.stages[at]}` : "");
  }

  function legend() {
    const entries = colour.value === "stages"
      ? [...new Set(now().stages)].filter(Boolean).map((stage) => [stage, stageColour(stage)])
      : [[`less than ${data.baseline}`, mixed("var(--less)", 0.75)], [`as ${data.baseline}`, "var(--box)"],
        [`${data.baseline} executes half of it`, mixed("var(--more)", 0.375)],
        [`${data.baseline} does not execute it`, mixed("var(--more)", 0.75)]];
    key.replaceChildren(...entries.map(([name, look]) => {
      const entry = document.createElement("span"), swatch = document.createElement("i");
      swatch.style.background = look;
      entry.append(swatch, name);
      return entry;
    }));
  }

  function draw() {
    const one = now();
    const total = one.values[focus] || 1;
    const boxes = [];
    shown = new Map();
    let deepest = 0;
    // Callers of the box that is enlarged stand above it over the whole width.
    const above = [];
    for (let at = one.parents[focus]; at >= 0; at = one.parents[at]) above.unshift(at);
    const place = (at, left, width, depth) => {
      const box = document.createElement("div");
      box.style.cssText = `left:${left * 100}%;width:${width * 100}%;top:${depth * ROW}px;background:${background(one, at)}`;
      if (width * graph.clientWidth > 22) box.textContent = one.names[at];
      else box.className = "thin";
      box.dataset.at = at;
      boxes.push(box);
      shown.set(at, box);
      deepest = Math.max(deepest, depth);
    };
    above.forEach((at, depth) => place(at, 0, 1, depth));
    const under = new Map();
    one.parents.forEach((parent, at) => under.set(parent, [...(under.get(parent) ?? []), at]));
    const walk = (at, left, depth) => {
      const width = one.values[at] / total;
      if (width < LEAST) return;
      place(at, left, width, depth);
      let next = left;
      for (const child of under.get(at) ?? []) {
        walk(child, next, depth + 1);
        next += one.values[child] / total;
      }
    };
    walk(focus, 0, above.length);
    graph.style.height = `${(deepest + 1) * ROW}px`;
    graph.replaceChildren(...boxes);
    legend();
    describe(current);
  }

  const select = (at) => {
    shown.get(current)?.classList.remove("current");
    current = at;
    shown.get(at)?.classList.add("current");
    describe(at);
  };
  const enlarge = (at) => { focus = current = at; draw(); select(at); };
  const boxOf = (event) => event.target.closest("[data-at]");
  graph.addEventListener("mouseover", (event) => { const box = boxOf(event); if (box) describe(Number(box.dataset.at)); });
  graph.addEventListener("click", (event) => { const box = boxOf(event); if (box) enlarge(Number(box.dataset.at)); });
  graph.addEventListener("keydown", (event) => {
    const one = now();
    const siblings = children(one, one.parents[current]);
    const beside = (step) => siblings[siblings.indexOf(current) + step];
    const moves = {
      ArrowUp: () => one.parents[current], ArrowDown: () => children(one, current)[0],
      ArrowLeft: () => beside(-1), ArrowRight: () => beside(1),
    };
    if (event.key === "Enter") enlarge(current);
    else if (event.key === "Escape") enlarge(0);
    else if (event.key in moves) { const at = moves[event.key](); if (at >= 0 && shown.has(at)) select(at); }
    else return;
    event.preventDefault();
  });
  network.addEventListener("change", () => enlarge(0));
  colour.addEventListener("change", draw);
  byId("all").addEventListener("click", () => enlarge(0));
  addEventListener("resize", draw);
  draw();
})();
