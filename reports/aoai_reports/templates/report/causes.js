// Causes and their entries: an entry becomes an element when its cause is open and the view includes it.

const STEP = 100;
const NODES = new Map();
for (const node of document.querySelectorAll("details.entry")) NODES.set(node.id.slice(2), watchEntry(node));

const CAUSES = [...document.querySelectorAll("details.cause")].map((node) => {
  const number = Number(node.dataset.cause);
  const numbers = node.querySelector(".numbers");
  const cause = {
    node, number, numbers, words: numbers.textContent, box: node.querySelector(".entries"),
    entries: ENTRIES_BY_CAUSE.get(number) ?? [], shown: [], stale: true,
  };
  cause.leftOut = [...cause.box.querySelectorAll(":scope > p:not(.more)")];
  cause.box.querySelector(":scope > p.more")?.remove();
  node.addEventListener("toggle", () => { if (node.open) fillCause(cause); });
  return cause;
});

function nodeOf(entry) {
  if (!NODES.has(entry.id)) NODES.set(entry.id, entryNode(entry));
  return NODES.get(entry.id);
}

function fillCause(cause, until = null) {
  if (!cause.stale && !until) return;
  cause.stale = false;
  const place = until ? cause.shown.indexOf(until) : 0;
  cause.box.replaceChildren();
  const button = growingList(cause.box, cause.shown, nodeOf, Math.max(STEP, place + 1));
  cause.box.after(button);
  cause.button?.remove();
  cause.button = button;
  cause.box.append(...cause.leftOut);
  button.addEventListener("click", () => cause.box.append(...cause.leftOut));
}

function applyView() {
  const words = viewWords();
  const filtered = isFiltered();
  let found = 0;
  for (const cause of CAUSES) {
    cause.shown = filtered ? cause.entries.filter((entry) => fits(entry, words)) : cause.entries;
    cause.stale = true;
    found += cause.shown.length;
    cause.node.hidden = filtered && cause.shown.length === 0;
    cause.numbers.textContent = filtered && cause.shown.length < cause.entries.length
      ? `${cause.shown.length.toLocaleString("en")} of ${cause.words}` : cause.words;
  }
  for (const group of document.querySelectorAll("div.causes")) {
    group.hidden = !group.querySelector("details.cause:not([hidden])");
  }
  const left = CAUSES.filter((cause) => !cause.node.hidden);
  if (filtered && (left.length <= 3 || found <= 20)) for (const cause of left) cause.node.open = true;
  for (const cause of CAUSES) if (cause.node.open) fillCause(cause);
  const listed = showResults(words);
  FORM.querySelector("output").textContent = filtered
    ? `${count(found, "violation")} of ${ENTRIES.length.toLocaleString("en")}${listed === null ? "" : `, ${count(listed, "rule result")}`}` : "";
  FORM.querySelector("button").hidden = !filtered;
}

// Opens the entry of a permalink; false if this report has no such entry.
function revealEntry(id) {
  const entry = ENTRY_BY_ID.get(id);
  const cause = entry && CAUSES.find((each) => each.number === entry.cause);
  if (!cause) return false;
  if (!cause.shown.includes(entry)) {
    view = {};
    readForm();
    applyView();
  }
  cause.node.open = true;
  fillCause(cause, entry);
  const node = nodeOf(entry);
  node.open = true;
  completeCard(node);
  node.scrollIntoView();
  node.querySelector("summary").focus({ preventScroll: true });
  return true;
}
