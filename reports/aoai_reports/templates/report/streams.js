// A stream on a time axis: when its events arrived, the faulty one, the longest gap, and the text as it grew.

function streamFigure(line) {
  const first = line.first ?? 0;
  const end = Math.max(line.ended, 0.01);
  const place = (time) => `${((100 * time) / end).toFixed(2)}%`;
  const arrivals = line.events.map(([time]) => time);
  const gap = longestGap(arrivals, first);
  const axis = element("div", { class: "axis", role: "img", "aria-label": streamSentence(line, gap) });
  axis.append(growth(line, end));
  if (gap) {
    const band = element("i", { class: "pause" });
    band.style.left = place(gap.from);
    band.style.width = place(gap.to - gap.from);
    axis.append(band);
  }
  const mark = element("i", { class: "first-byte" });
  mark.style.left = place(line.started);
  axis.append(mark);
  arrivals.forEach((time, index) => {
    const tick = element("i", { class: first + index === line.at_fault ? "tick fault" : "tick" });
    tick.title = `event ${first + index}: ${milliseconds(time)}`;
    tick.style.left = place(time);
    axis.append(tick);
  });
  return element("figure", { class: "stream" },
    element("figcaption", { class: "quiet" }, streamSentence(line, gap)),
    axis,
    element("div", { class: "scale quiet", "aria-hidden": "true" },
      ...[0, 0.25, 0.5, 0.75, 1].map((part) => element("span", {}, milliseconds(Number((part * end).toPrecision(3)))))),
    textAsItGrew(line));
}

function longestGap(arrivals, first) {
  let best = null;
  for (let index = 1; index < arrivals.length; index += 1) {
    const length = arrivals[index] - arrivals[index - 1];
    if (length > 0 && (!best || length > best.to - best.from)) {
      best = { from: arrivals[index - 1], to: arrivals[index], event: first + index };
    }
  }
  return best;
}

function streamSentence(line, gap) {
  const parts = [
    `Headers after ${milliseconds(line.started)}`,
    `${count(line.count, "event")}, the ${line.first ? "first shown" : "first"} after ${milliseconds(line.events[0][0])}`,
  ];
  if (gap) parts.push(`longest gap ${milliseconds(Number((gap.to - gap.from).toPrecision(3)))} before event ${gap.event}`);
  parts.push(`${line.incomplete ? "cut off" : "ended"} after ${milliseconds(line.ended)}`);
  if (line.at_fault !== undefined) parts.push(`the violation is in event ${line.at_fault}`);
  if (line.events.length < line.count) parts.push(`${line.count - line.events.length} events are not drawn`);
  return `${parts.join("; ")}.`;
}

function growth(line, end) {
  let length = 0;
  const total = line.events.reduce((sum, [, text]) => sum + text.length, 0);
  if (!total) return "";
  let path = "M0 100";
  for (const [time, text] of line.events) {
    const across = ((1000 * time) / end).toFixed(1);
    path += `L${across} ${(100 - (90 * length) / total).toFixed(1)}`;
    length += text.length;
    path += `L${across} ${(100 - (90 * length) / total).toFixed(1)}`;
  }
  path += `L1000 ${(100 - (90 * length) / total).toFixed(1)}`;
  return drawing("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawing("path", { d: path, class: "growth" }));
}

function textAsItGrew(line) {
  const texts = line.events.map(([, text]) => text);
  if (!texts.some(Boolean)) return null;
  const last = texts.length - 1;
  const fault = line.at_fault === undefined ? last : line.at_fault - (line.first ?? 0);
  const slider = element("input", { type: "range", min: "0", max: String(last), value: String(fault) });
  const output = element("span", { class: "quiet" });
  const before = element("span");
  const added = element("mark");
  const show = () => {
    const index = Number(slider.value);
    before.textContent = texts.slice(0, index).join("");
    added.textContent = texts[index];
    const cut = line.text_cut && index === last ? "; the text goes on" : "";
    output.textContent = `event ${index + (line.first ?? 0)}, ${milliseconds(line.events[index][0])}${cut}`;
  };
  slider.addEventListener("input", show);
  show();
  return element("div", { class: "grown" },
    element("label", {}, "Text up to ", output, slider),
    element("pre", { class: "wrap", tabindex: "0" }, before, added));
}
