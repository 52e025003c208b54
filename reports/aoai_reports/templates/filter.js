// The filter of a comparison of runs: it looks at defects, rules and fields; an emptied group is hidden with them.
(() => {
  const bar = document.querySelector(".filter");
  const groups = all("[data-group]");
  const openBefore = new Map();
  const apply = () => {
    const search = bar.querySelector("input").value;
    const searching = search.trim() !== "";
    const shown = showItems(search);
    for (const group of groups) {
      const some = showsItem(group);
      group.hidden = searching && !some;
      if (group instanceof HTMLDetailsElement) {
        if (!openBefore.has(group)) openBefore.set(group, group.open);
        group.open = searching ? some : openBefore.get(group);
        if (!searching) openBefore.delete(group);
      }
    }
    bar.querySelector("output").textContent = searching ? `${shown} of ${ITEMS.length} shown` : "";
  };
  if (bar && ITEMS.length) {
    bar.hidden = false;
    bar.addEventListener("submit", (event) => event.preventDefault());
    bar.querySelector("input").addEventListener("input", apply);
  }

  const follow = () => reveal(decoded(location.hash.slice(1)));
  addEventListener("hashchange", follow);
  follow();
  openForPrinting("details");
})();
