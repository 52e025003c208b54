// Starts the page: form, links into folded places, and printing, which lists the entries of every cause.

function follow() {
  const missing = document.querySelector(".missing");
  missing.hidden = true;
  const fragment = location.hash;
  if (fragment.startsWith("#v-")) {
    const id = decoded(fragment.slice(3));
    if (!revealEntry(id)) {
      missing.textContent = id
        ? `This report has no violation ${id}: this run does not show it, or the page left it out.`
        : "The link names no violation.";
      missing.hidden = false;
      missing.scrollIntoView();
    }
    return;
  }
  if (fragment === "" || fragment.startsWith("#?")) {
    view = viewOf(fragment);
    readForm();
    applyView();
    if (fragment) FORM.scrollIntoView();
    return;
  }
  const target = reveal(decoded(fragment.slice(1)));
  const only = target?.querySelectorAll(":scope > details");
  if (only?.length === 1) only[0].open = true;
}

openForPrinting("details.cause", () => {
  for (const cause of CAUSES) if (cause.node.open) fillCause(cause);
});

buildFacets();
for (const node of document.querySelectorAll("[data-points]")) {
  const name = node.querySelector("summary b").textContent;
  fillOnDemand(node, () => [pointsTable(DATA.points[Number(node.dataset.points)], name)]);
}
for (const node of document.querySelectorAll("[data-untested]")) {
  const ids = [...node.querySelectorAll(".names .badge")].map((badge) => badge.textContent);
  fillOnDemand(node, () => [untestedTable(ids, node.querySelector("summary b").textContent)]);
}
for (const node of document.querySelectorAll("[data-clauses]")) fillOnDemand(node, clausesTable);
applyView();
addEventListener("hashchange", follow);
if (location.hash) follow();
