// The page's own script: what a cell or a mark holds when it is pointed at, networks shown or hidden, copies and files.
(() => {
  "use strict";
  const root = document.documentElement;
  const unpacked = async () => {
    const bytes = Uint8Array.from(atob(document.getElementById("stored").textContent), (one) => one.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };
  const stored = unpacked();

  // Networks shown in figures: every list of the page is the same set of boxes.
  const boxes = [...document.querySelectorAll("input[data-network]")];
  const lines = (root) => [...root.querySelectorAll("svg g[data-network]")];
  const show = (network, shown) => {
    for (const box of boxes) if (box.dataset.network === network) box.checked = shown;
    for (const line of lines(document)) if (line.dataset.network === network) line.style.display = shown ? "" : "none";
  };
  for (const box of boxes) box.addEventListener("change", () => show(box.dataset.network, box.checked));

  // A cell or a mark shows all that is known of it on hover, tap or focus; arrow keys walk a table.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");  // the same text is in the cell
  document.body.append(tip);
  const hide = () => { tip.hidden = true; };
  const say = (text, at) => {
    tip.replaceChildren(...text.split("; ").map((line) => {
      const row = document.createElement("div");
      row.textContent = line;
      return row;
    }));
    tip.hidden = false;
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), root.clientWidth - own.width - 8);
    const top = at.top - own.height - 6 < 4 ? at.bottom + 6 : at.top - own.height - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${top}px`;
  };
  let described = null;
  const describe = (cell) => {
    described = cell;
    if (cell?.dataset.more) say(cell.dataset.more, cell.getBoundingClientRect());
    else hide();
  };
  for (const table of document.querySelectorAll("table.losses")) {
    const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
    const cells = rows.flat();
    if (cells[0]) cells[0].tabIndex = 0;
    for (const event of ["mouseover", "focusin"]) table.addEventListener(event, ({ target }) => describe(target.closest("td")));
    for (const event of ["mouseleave", "focusout"]) table.addEventListener(event, hide);
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
  // A line is thin to point at: a wide one that is not seen takes the pointer.
  const widen = (line) => {
    for (const path of line.querySelectorAll("path[fill=none]")) {
      const wide = path.cloneNode();
      for (const [name, value] of [["stroke", "transparent"], ["stroke-width", "11"]]) wide.setAttribute(name, value);
      wide.removeAttribute("stroke-dasharray");
      wide.dataset.unseen = "";
      line.append(wide);
    }
  };
  // The marks of the narrow drawing have the same order as those of the broad one, which hold the words.
  const narrow = (plot, svg) => {
    const added = document.createElement("div");
    added.className = "narrow";
    added.innerHTML = svg;
    const marks = plot.querySelectorAll("[data-more]");
    added.querySelectorAll("[data-more]").forEach((mark, i) => { mark.dataset.more = marks[i].dataset.more; });
    plot.append(added);
  };
  stored.then((found) => {
    document.querySelectorAll("[data-more]").forEach((one, i) => {
      one.dataset.more = found.said[i];
      if (!one.matches("td")) return;
      const read = document.createElement("span");  // by those who do not see the tip
      read.className = "more";
      read.textContent = found.said[i];
      one.append(read);
    });
    for (const plot of document.querySelectorAll(".plot")) {
      narrow(plot, found.narrow[plot.id]);
      lines(plot).forEach(widen);
    }
    for (const box of boxes) show(box.dataset.network, box.checked);
    if (described) describe(described);
    root.dataset.whole = "";
  });
  for (const plot of document.querySelectorAll(".plot")) {
    plot.addEventListener("mousemove", (event) => {
      const mark = event.target.closest("[data-more]");
      if (!mark) return hide();
      say(mark.dataset.more, { left: event.clientX, width: 0, top: event.clientY - 6, bottom: event.clientY + 12 });
    });
    plot.addEventListener("mouseleave", hide);
    plot.addEventListener("click", ({ target }) => {
      const mark = target.closest("[data-more]");
      if (mark) say(mark.dataset.more, mark.getBoundingClientRect());
    });
  }
  // Focus scrolls a cell into view, and the event of that comes later: what is said of a focused cell moves with it.
  addEventListener("scroll", () => {
    if (described && described === document.activeElement && !tip.hidden) describe(described);
    else hide();
  }, { passive: true });

  // Whatever is folded is opened for paper, and when a link leads into it.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
  });
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && (target.closest("details") ?? target.querySelector("details.folded"));
    if (folded) folded.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  const save = (name, content) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const button = (text, title, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.title = title;
    made.addEventListener("click", async () => {
      await act();
      if (!text.startsWith("Copy")) return;
      made.textContent = "Copied";
      setTimeout(() => { made.textContent = text; }, 2000);
    });
    return made;
  };
  for (const made of document.querySelectorAll("button[data-copy]")) {
    made.replaceWith(button("Copy", "Copy the command", () => copy(document.getElementById(made.dataset.copy).textContent)));
  }

  // A figure as a file: the wide drawing in light colours, which any program knows.
  const alone = async (plot) => {
    const { font, colours } = await stored;
    const svg = plot.querySelector("svg").cloneNode(true);
    for (const one of svg.querySelectorAll("[data-unseen]")) one.remove();
    for (const one of svg.querySelectorAll("[data-more]")) one.removeAttribute("data-more");
    svg.setAttribute("font-family", font);
    const back = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", "var(--card)"]]) back.setAttribute(name, value);
    svg.prepend(back);
    const text = new XMLSerializer().serializeToString(svg);
    return text.replace(/var\(--([a-z0-9-]+)\)/g, (_, name) => colours[name] ?? "#000000");
  };
  const pixels = (text) => new Promise((done) => {
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      context.drawImage(image, 0, 0);
      canvas.toBlob(done, "image/png");
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  });
  for (const plot of document.querySelectorAll(".plot")) {
    const name = `barewire-${plot.id}`;
    const tools = document.createElement("p");
    tools.className = "tools";
    tools.append(
      button("SVG", "Save this figure as SVG", async () => save(`${name}.svg`, new Blob([await alone(plot)], { type: "image/svg+xml" }))),
      button("PNG", "Save this figure as PNG", async () => save(`${name}.png`, await pixels(await alone(plot)))),
      button("CSV", "Save this figure’s numbers as CSV", async () => save(`${name}.csv`, new Blob([(await stored).csv[plot.id]], { type: "text/csv" }))),
    );
    plot.after(tools);
  }

  // A table as Markdown: what its cells show, on one line each.
  const shown = (cell) => {
    const copied = cell.cloneNode(true);
    const values = document.getElementById("show-values")?.checked;
    for (const one of copied.querySelectorAll(`.more, ${values ? ".as-loss" : ".as-value"}`)) one.remove();
    for (const small of copied.querySelectorAll("small")) small.prepend(" ");
    return copied.textContent.trim().replace(/[\n ]+/g, " ").replace(/[\\|<>*_`]/g, "\\$&");
  };
  const markdown = (table) => {
    const rows = [];
    [...table.rows].forEach((row, y) => {
      rows[y] ??= [];
      let x = 0;
      for (const cell of row.cells) {
        while (rows[y][x] !== undefined) x += 1;
        rows[y][x] = shown(cell);
        for (let below = 1; below < cell.rowSpan; below += 1) (rows[y + below] ??= [])[x] = "";
      }
    });
    if (!table.tHead) rows.unshift(rows[0].map(() => ""));
    rows.splice(1, 0, rows[0].map((_, x) => (x ? "---:" : "---")));
    return rows.map((row) => `| ${row.join(" | ")} |`).join("\n") + "\n";
  };
  for (const table of document.querySelectorAll(".scroll > table")) {
    const tools = document.createElement("p");
    tools.className = "tools";
    tools.append(button("Copy as Markdown", "Copy this table as Markdown", async () => copy((await stored).text[table.id] ?? markdown(table))));
    table.parentElement.after(tools);
  }
})();
