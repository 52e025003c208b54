// The card of an entry: facts, evidence and the commands that send its request again.

const FOLDER = location.protocol === "file:"
  ? shellWord(decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") || "/")
  : "RUN";

function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`;
}

// The same markup as the entries that the template writes.
function entryNode(entry) {
  const heading = element("summary", {},
    badge(entry.level, entry.level), " ", element("b", {}, entry.rule), " ",
    element("span", { class: "where" }, entry.operation,
      DOCUMENTS.length > 1 ? element("span", { class: "quiet" }, ` ${entry.document}`) : null), " ",
    element("span", { class: "message" }, entry.message));
  if (entry.known) heading.append(" ", badge("known"));
  if (entry.since_previous) heading.append(" ", badge("not in the previous run", "should"));
  const node = element("details", { class: `entry ${entry.level}`, id: `v-${entry.id}` },
    heading, element("div", { class: "card-body" }, entryFacts(entry)));
  return watchEntry(node);
}

function watchEntry(node) {
  node.addEventListener("toggle", () => { if (node.open) completeCard(node); });
  return node;
}

function entryFacts(entry) {
  const list = element("dl", { class: "facts" });
  const add = (name, value, kind = "", code = true) => {
    if (!value) return;
    list.append(element("dt", {}, name), element("dd", { class: kind }, code ? element("code", {}, value) : value));
  };
  add("Requirement", entry.requirement, "", false);
  for (const [name, value] of entry.compared ?? []) {
    add(name === "actual" ? "Actual" : "Expected", value, name === "actual" ? "bad" : "good");
  }
  add("Point", entry.point);
  add("Place", entry.place);
  if (entry.others) add("Also at", entry.others.join(", ") + (entry.further ? ` and ${entry.further} more` : ""));
  if (entry.clause) list.append(element("dt", {}, "Clause"), element("dd", {}, clauseNode(entry.clause)));
  add("Case", entry.case + (entry.count > 1 ? `, seen ${entry.count.toLocaleString("en")} times` : ""), "", false);
  add("Accepted", entry.known, "", false);
  return list;
}

// Adds the evidence when a card is opened for the first time.
function completeCard(node) {
  const entry = ENTRY_BY_ID.get(node.id.slice(2));
  if (!entry || node.dataset.complete) return;
  node.dataset.complete = "yes";
  const body = node.querySelector(".card-body");
  body.append(element("p", { class: "links" }, element("a", { href: `#v-${entry.id}` }, "Link to this violation"), " ",
    element("a", { href: filterLink({ cause: causeOf(entry) }) }, "All with this cause"), " ",
    element("a", { href: filterLink({ rule: entry.rule }) }, "All of this rule")));
  if (entry.evidence === undefined) {
    body.append(commandList({ replay: shellWord(entry.case) }),
      element("p", { class: "quiet" }, `The request and response are in record.ndjson under case ${entry.case}.`));
    return;
  }
  const exchanges = DATA.cards[entry.evidence];
  for (const exchange of exchanges) body.append(exchangeSection(exchange));
}

function exchangeSection(exchange) {
  const stream = exchange.events !== undefined;
  const section = element("div", { class: "step" });
  if (exchange.step) {
    section.append(element("p", { class: "line1" }, element("b", {}, `Step ${exchange.step}`), ` case ${exchange.case}`));
  }
  section.append(commandList(exchange.commands));
  const response = element("section", { "aria-label": stream ? "Stream" : "Response" },
    element("h4", {}, stream ? "Stream" : "Response"),
    element("p", { class: "line1" }, element("code", {}, exchange.status)),
    headerList(DATA.blocks[exchange.response_headers]));
  if (exchange.response !== undefined) response.append(...bodyNodes(DATA.blocks[exchange.response]));
  if (exchange.timeline) response.append(streamFigure(exchange.timeline));
  if (stream) response.append(eventList(exchange));
  section.append(element("div", { class: "sides" },
    element("section", { "aria-label": "Request" },
      element("h4", {}, "Request"),
      element("p", { class: "line1" }, element("code", {}, exchange.request_line)),
      headerList(DATA.blocks[exchange.request_headers]),
      ...bodyNodes(DATA.blocks[exchange.request])),
    response));
  for (const note of exchange.notes ?? []) section.append(element("p", { class: "quiet" }, `Note: ${note}`));
  return section;
}

function headerList(lines) {
  if (!lines.length) return null;
  return element("details", { class: "headers" },
    element("summary", {}, count(lines.length, "header")),
    element("pre", { class: "wrap", tabindex: "0" }, lines.join("\n")));
}

function bodyNodes(body) {
  const kind = element("p", { class: "quiet kind" }, body.kind);
  if (!body.rows) return [kind];
  const text = element("pre", { tabindex: "0" });
  for (const row of body.rows) {
    if (typeof row === "number") text.append(element("span", { class: "gap" }, `  … ${row.toLocaleString("en")} more`), "\n");
    else if (typeof row === "string") text.append(row, "\n");
    else text.append(element("mark", {}, row[0]), "\n");
  }
  return [text, kind];
}

function eventList(exchange) {
  const list = element("ol", { class: "events" });
  for (const event of exchange.events) {
    if (event.skipped) list.append(element("li", { class: "skipped" }, `${count(event.skipped, "event")} before`));
    const name = event.at_fault
      ? element("strong", {}, `event ${event.index}, violation here`) : `event ${event.index}`;
    const item = element("li", event.at_fault ? { class: "fault" } : {},
      element("span", { class: "when" }, name, ` · ${event.milliseconds} ms`));
    if (event.body !== undefined) item.append(...bodyNodes(DATA.blocks[event.body]));
    else item.append(element("code", {}, event.data ?? ""));
    if (event.raw) item.append(element("span", { class: "when" }, "as received: ", element("code", {}, event.raw)));
    list.append(item);
  }
  if (exchange.events_after) {
    list.append(element("li", { class: "skipped" }, `${count(exchange.events_after, "event")} after`));
  }
  return list;
}

function commandList(commands) {
  const replay = `aoai-conformance replay ${FOLDER} ${commands.replay}`;
  const listed = [["replay", replay], ["curl", commands.curl], ["Python", commands.python]].filter(([, text]) => text);
  const box = element("section", { class: "commands", "aria-label": "Send the request again" },
    element("h4", {}, "Try it"),
    element("p", { class: "buttons" }, ...listed.map(([name, text]) => copyButton(`Copy ${name}`, text))));
  for (const [name, text] of listed) {
    box.append(element("details", { class: "headers" }, element("summary", {}, name),
      element("pre", { class: "wrap", tabindex: "0" }, text)));
  }
  for (const name of commands.too_long ?? []) {
    box.append(element("p", { class: "quiet" }, `The ${name} command is too long for this page; replay sends the same request.`));
  }
  return box;
}
