// Search and filters, kept in the fragment of the address as `#?level=breaking&q=words`, and permalinks.
(() => {
  const FACETS = { level: "Level", direction: "Direction", operation: "Operation", kind: "Kind" };
  const form = document.querySelector(".filter");
  const search = form.querySelector("input");
  const missing = document.querySelector(".missing");
  const selects = new Map();
  const valuesOf = (node, name) => node.dataset[name].split("\n").filter(Boolean);

  function build() {
    for (const [name, label] of Object.entries(FACETS)) {
      const counts = new Map();
      for (const item of ITEMS) for (const value of valuesOf(item.node, name)) counts.set(value, (counts.get(value) ?? 0) + 1);
      const select = document.createElement("select");
      select.id = `facet-${name}`;
      select.append(new Option("all", ""));
      const values = name === "level" ? [...counts] : [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
      for (const [value, number] of values) select.append(new Option(`${value} (${number.toLocaleString("en")})`, value));
      const caption = document.createElement("label");
      caption.htmlFor = select.id;
      caption.textContent = label;
      const box = document.createElement("div");
      box.append(caption, select);
      form.querySelector(".facets").append(box);
      select.addEventListener("change", write);
      selects.set(name, select);
    }
    search.addEventListener("input", write);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      history.replaceState(null, "", location.pathname + location.search);
      read();
    });
    form.hidden = ITEMS.length === 0;
  }

  // From the form to the address.
  function write() {
    const wanted = new URLSearchParams();
    for (const [name, select] of selects) if (select.value) wanted.set(name, select.value);
    if (search.value.trim()) wanted.set("q", search.value);
    const fragment = wanted.toString();
    history.replaceState(null, "", fragment ? `#?${fragment}` : location.pathname + location.search);
    apply();
  }

  // From the address to the form; a permalink shows everything and opens its place.
  function read() {
    const wanted = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
    for (const [name, select] of selects) {
      select.value = wanted.get(name) ?? "";
      if (select.selectedIndex < 0) select.value = "";
    }
    search.value = wanted.get("q") ?? "";
    apply();
    const id = decoded(location.hash.slice(1));
    missing.hidden = Boolean(reveal(id)) || !/^[cp]-[0-9a-f]+$/.test(id);
  }

  function apply() {
    const chosen = [...selects].filter(([, select]) => select.value);
    const fits = (node) => chosen.every(([name, select]) => valuesOf(node, name).includes(select.value));
    const shown = showItems(search.value, fits);
    for (const group of all("[data-group]")) group.hidden = !showsItem(group);
    form.querySelector("output").textContent = shown === ITEMS.length ? "" : `${shown} of ${ITEMS.length} shown`;
  }

  build();
  addEventListener("hashchange", read);
  read();
  openForPrinting("details");
})();
