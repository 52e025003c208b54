// The view: facets and search, kept in the fragment of the address as `#?level=must&q=words`.

const FACETS = {
  level: { label: "Level", of: (entry) => [entry.level] },
  news: {
    label: "New or known",
    of: (entry) => [entry.known ? "known" : "new", ...(entry.since_previous ? ["not in the previous run"] : [])],
  },
  status: { label: "Status", of: (entry) => [entry.known ? "known" : "violated"], results: (result) => result.status },
  operation: { label: "Operation", of: (entry) => [entry.operation], results: (result) => result.operation },
  document: { label: "Document", of: (entry) => [entry.document], results: (result) => result.document },
  topic: {
    label: "Topic", of: (entry) => [entry.topic], results: (result) => result.topic,
    name: (topic) => topic.replaceAll("_", " "),
  },
  rule: { label: "Rule", of: (entry) => [entry.rule], results: (result) => result.rule },
  cause: { label: "Cause", of: (entry) => [causeOf(entry)], name: causeName },
};
// These facets have nothing to say about a rule without violations.
const OF_VIOLATIONS_ONLY = ["news", "cause"];

function causeName(id) {
  const found = DATA.causes.find(([other]) => other === id);
  return found ? found[1] : id;
}

let view = {};

function viewOf(fragment) {
  const found = {};
  if (!fragment.startsWith("#?")) return found;
  for (const [name, value] of new URLSearchParams(fragment.slice(2))) {
    if (value && (name === "q" || name in FACETS)) found[name] = value;
  }
  return found;
}

function filterLink(wanted) {
  return `#?${new URLSearchParams(wanted)}`;
}

function isFiltered() {
  return Object.keys(view).length > 0;
}

function viewWords() {
  return (view.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
}

function fits(entry, words) {
  for (const [name, facet] of Object.entries(FACETS)) {
    if (view[name] !== undefined && !facet.of(entry).includes(view[name])) return false;
  }
  return words.length === 0 || words.every((word) => searchText(entry).includes(word));
}

function fitsResult(result, words) {
  if (OF_VIOLATIONS_ONLY.some((name) => view[name] !== undefined)) return false;
  if (view.level !== undefined && view.level !== result.level) return false;
  for (const [name, facet] of Object.entries(FACETS)) {
    if (facet.results && view[name] !== undefined && facet.results(result) !== view[name]) return false;
  }
  if (words.length === 0) return true;
  const text = `${result.rule} ${result.operation} ${result.topic} ${result.requirement} ${result.clause}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

// Rules without violations are listed once the view names a place to look at.
function listsResults() {
  return ["status", "operation", "document", "topic", "rule"].some((name) => view[name] !== undefined);
}

const FORM = document.querySelector(".filter");
const SELECTS = new Map();

function facetValues(name, facet) {
  const counts = new Map();
  for (const entry of ENTRIES) {
    for (const value of facet.of(entry)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  if (facet.results) {
    for (const result of RESULTS) {
      const value = facet.results(result);
      if (!counts.has(value)) counts.set(value, 0);
    }
  }
  const values = [...counts];
  return name === "cause" || name === "level" ? values : values.sort(([one], [other]) => (one < other ? -1 : 1));
}

function buildFacets() {
  const box = FORM.querySelector(".facets");
  for (const [name, facet] of Object.entries(FACETS)) {
    const values = facetValues(name, facet);
    if (name === "document" && values.length < 2) continue;
    const select = element("select", { id: `facet-${name}` }, element("option", { value: "" }, "all"));
    for (const [value, number] of values) {
      const shown = (facet.name ?? String)(value);
      const text = shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
      select.append(element("option", { value }, number ? `${text} (${number.toLocaleString("en")})` : text));
    }
    select.addEventListener("change", writeView);
    SELECTS.set(name, select);
    box.append(element("div", {}, element("label", { for: select.id }, facet.label), select));
  }
  FORM.querySelector("input").addEventListener("input", writeView);
  FORM.addEventListener("submit", (event) => event.preventDefault());
  FORM.addEventListener("reset", (event) => { event.preventDefault(); showView({}); });
  FORM.hidden = false;
}

// From the form to the address.
function writeView() {
  const wanted = {};
  for (const [name, select] of SELECTS) if (select.value) wanted[name] = select.value;
  const words = FORM.querySelector("input").value;
  if (words.trim()) wanted.q = words;
  showView(wanted);
}

function showView(wanted) {
  const fragment = Object.keys(wanted).length ? filterLink(wanted) : " ";
  try {
    history.replaceState(null, "", fragment === " " ? location.pathname + location.search : fragment);
  } catch {
    // A viewer that embeds the page may not let it change its address; the filter works all the same.
  }
  view = wanted;
  readForm();
  applyView();
}

// From the view to the form.
function readForm() {
  if ([...SELECTS.keys()].some((name) => view[name])) FORM.querySelector("details").open = true;
  for (const [name, select] of SELECTS) {
    const value = view[name] ?? "";
    if (value && ![...select.options].some((option) => option.value === value)) {
      select.append(element("option", { value }, `${value} (0)`));
    }
    select.value = value;
  }
  const input = FORM.querySelector("input");
  if (input.value.trim() !== (view.q ?? "").trim()) input.value = view.q ?? "";
}
