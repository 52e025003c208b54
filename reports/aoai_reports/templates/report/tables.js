// Tables on demand: rule results of a view, points of an operation, untested rules, clauses.

const MARKS = { violated: "✕", known: "•", inconclusive: "?", passed: "✓", untested: "–" };
const ORDER = Object.keys(MARKS);
const POINT_MARKS = { shown_wrong: "✕", shown_correct: "✓", not_shown: "!", not_sent: "–", not_applicable: "∅" };
const ROWS = 200;

// The rules of the view with their results; returns their number, null if they are not listed.
function showResults(words) {
  const box = document.querySelector(".results");
  box.replaceChildren();
  box.hidden = !listsResults();
  if (box.hidden) return null;
  const found = RESULTS.filter((result) => fitsResult(result, words));
  found.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status));
  box.append(element("h3", {}, `Rules in this view: ${found.length.toLocaleString("en")}`));
  if (!found.length) return 0;
  const rows = element("tbody");
  const button = growingList(rows, found, resultRow, ROWS);
  const listing = table(["Status", "Rule", "Operation", "Requirement and clause", "Pass", "Violation", "Inconclusive"], []);
  listing.tBodies[0].replaceWith(rows);
  box.append(scrollable("Rules in this view", listing), button);
  return found.length;
}

function resultRow(result) {
  const where = DOCUMENTS.length > 1 ? `${result.operation} ${result.document}` : result.operation;
  const number = (value) => element("td", { class: value ? "n" : "n zero" }, value.toLocaleString("en"));
  return element("tr", {},
    element("td", {}, element("span", { class: `cell ${result.status}` }, `${MARKS[result.status]} ${result.status}`)),
    element("th", { scope: "row", class: "mono" }, element("a", { href: filterLink({ rule: result.rule }) }, result.rule)),
    element("td", {}, where),
    requirementCell(result,
      result.doubt ? element("p", { class: "quiet" }, `inconclusive: ${result.doubt}`) : null),
    number(result.passed), number(result.violated), number(result.inconclusive));
}

function requirementCell({ level, requirement, clause }, ...more) {
  return element("td", { class: "requirement" }, element("b", {}, level), ` ${requirement}`, element("br"), clauseNode(clause), ...more);
}

function untestedTable(ids, name) {
  const rows = ids.map((id) =>
    element("tr", {}, element("th", { scope: "row", class: "mono" }, id), requirementCell(ruleOf(id))));
  return scrollable(name, table(["Rule", "Requirement and clause"], rows));
}

function pointsTable(fields, name) {
  const rows = fields.map(([field, points]) => element("tr", {},
    element("th", { scope: "row", class: "mono" }, field),
    element("td", {}, element("ul", { class: "chips" }, ...points.map((point) => {
      const text = `${POINT_MARKS[point.state]} ${point.name}`;
      const chip = point.entry
        ? element("a", { class: `chip ${point.state}`, href: `#v-${point.entry}` }, text)
        : element("span", { class: `chip ${point.state}` }, text);
      chip.title = point.id;
      return element("li", {}, chip);
    })))));
  return scrollable(`Points of ${name}`, table(["Field", "Points"], rows));
}

function clausesTable() {
  const states = new Map();
  for (const result of RESULTS) {
    const worst = states.get(result.rule);
    if (worst === undefined || ORDER.indexOf(result.status) < ORDER.indexOf(worst)) states.set(result.rule, result.status);
  }
  const rows = element("tbody");
  const button = growingList(rows, DATA.clauses, (clause) => element("tr", {},
    element("th", { scope: "row" }, clauseNode(clause.address)),
    element("td", {}, element("ul", { class: "chips" }, ...(clause.rules ?? []).map((rule) => {
      const state = states.get(rule) ?? "untested";
      return element("li", {}, element("a", { class: `cell ${state}`, href: filterLink({ rule }) }, `${MARKS[state]} ${rule}`));
    }))),
    element("td", {}, (clause.points ?? []).map(([state, number]) => `${number} ${state.replaceAll("_", " ")}`).join(", "))), ROWS);
  const listing = table(["Clause", "Rules and results", "Points"], []);
  listing.tBodies[0].replaceWith(rows);
  return [scrollable("Clauses, rules and results", listing), button];
}

function fillOnDemand(node, make) {
  node.addEventListener("toggle", () => {
    if (!node.open || node.dataset.complete) return;
    node.dataset.complete = "yes";
    node.querySelector(".on-demand").replaceChildren(...make());
  });
}
