"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const network = document.getElementById("network");
  const colour = document.getElementById("colour");
  const palette = ["#bdbdbd", "#8da0cb", "#66c2a5", "#a6d854", "#1f78b4", "#33a02c", "#b2df8a", "#e31a1c", "#ff7f00", "#6a3d9a", "#b15928",
    "#cab2d6", "#fdbf6f", "#a6cee3", "#fb9a99", "#e5c494", "#dddddd"];
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: data.digits });
  const signed = new Intl.NumberFormat("en", { maximumFractionDigits: data.digits, signDisplay: "exceptZero" });

  function draw() {
    const graph = data.graphs[Number(network.value)];
    const more = graph.values.map((value, at) => value - graph.before[at]);
    const byStage = colour.value === "stages";
    const share = more.map((value, at) => Math.max(-1, value / Math.max(graph.values[at], 10 ** -data.digits)));
    const marker = byStage
      ? { colors: graph.stages.map((stage) => (stage ? palette[data.stages.indexOf(stage) % palette.length] : "#ffffff")) }
      : { colors: share, cmin: -1, cmax: 1, colorscale: "RdBu", showscale: true,
        colorbar: { title: { text: `share that ${data.baseline}<br>does not have` }, tickformat: "+.0%", thickness: 12 } };
    Plotly.react("graph", [{
      type: "icicle",
      ids: graph.names.map((_, at) => String(at)),
      labels: graph.names,
      parents: graph.parents.map((parent) => (parent < 0 ? "" : String(parent))),
      values: graph.values,
      branchvalues: "total",
      sort: false,
      tiling: { orientation: "v", pad: 0 },
      marker: { ...marker, line: { width: 0.4, color: "#ffffff" } },
      text: graph.values.map((value, at) =>
        `${whole.format(value)} instructions per ${data.operation}<br>${signed.format(more[at])} against ${data.baseline}` +
        (graph.stages[at] ? `<br>${graph.stages[at]}` : "")),
      textinfo: "label",
      hovertemplate: "%{label}<br>%{text}<extra></extra>",
      pathbar: { visible: true, side: "top" },
    }], { margin: { t: 24, l: 0, r: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)" }, { responsive: true, displaylogo: false });
  }
  network.addEventListener("change", draw);
  colour.addEventListener("change", draw);
  draw();
})();
