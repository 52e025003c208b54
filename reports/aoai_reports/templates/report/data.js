// The data of the page: parsed once; entries know their cause and the text that the search looks at.

const DATA = JSON.parse(document.getElementById("data").textContent);
const ENTRIES = DATA.entries;
// Links to a violation that was merged with others lead to the entry of all of them.
const ENTRY_BY_ID = new Map(
  ENTRIES.flatMap((entry) => [...(entry.merged ?? []), entry.id].map((id) => [id, entry])));
const ENTRIES_BY_CAUSE = new Map();
for (const entry of ENTRIES) {
  if (!ENTRIES_BY_CAUSE.has(entry.cause)) ENTRIES_BY_CAUSE.set(entry.cause, []);
  ENTRIES_BY_CAUSE.get(entry.cause).push(entry);
}

function causeOf(entry) {
  return DATA.causes[entry.cause][0];
}

function searchText(entry) {
  entry.text ??= [
    entry.id, entry.level, entry.rule, entry.topic, entry.operation, entry.document, entry.message,
    entry.requirement, entry.clause, entry.place, entry.point, entry.case, entry.known,
    ...(entry.others ?? []), ...(entry.compared ?? []).flat(), DATA.causes[entry.cause][1],
  ].join("\n").toLowerCase();
  return entry.text;
}

function ruleOf(id) {
  const [level, requirement, clause] = DATA.rules[id] ?? ["must", "", ""];
  return { level, requirement, clause };
}

const RESULTS = DATA.results.rows.map((row) => {
  const [document, operation, rule, topic, status] = row.slice(0, 5).map((place) => DATA.results.names[place]);
  const [passed, violated, inconclusive] = row.slice(5, 8);
  const doubt = DATA.results.names[row[8]];
  return { document, operation, rule, topic, status, passed, violated, inconclusive, doubt, ...ruleOf(rule) };
});
const DOCUMENTS = [...new Set(RESULTS.map((result) => result.document))];
