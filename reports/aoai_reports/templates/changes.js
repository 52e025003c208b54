"use strict";
// Search and filters, kept in the fragment of the address as `#?level=breaking&q=words`, and permalinks.
(() => {
  const FACETS = { level: "Level", direction: "Direction", operation: "Operation", kind: "Kind" };
  const form = document.querySelector(".filter");
  const search = form.querySelector("input");
  const missing = document.querySelector(".missing");
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const items = all("[data-item]").map((node) => ({
    node,
    values: Object.fromEntries(Object.keys(FACETS).map((name) => [name, node.dataset[name].split("\n").filter(Boolean)])),
    text: "",
  }));
  const selects = new Map();

  function build() {
    for (const [name, label] of Object.entries(FACETS)) {
      const counts = new Map();
      for (const item of items) for (const value of item.values[name]) counts.set(value, (counts.get(value) ?? 0) + 1);
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
    form.hidden = items.length === 0;
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
    const id = location.hash.startsWith("#?") ? "" : location.hash.slice(1);
    const target = id && document.getElementById(id);
    missing.hidden = !/^[cp]-[0-9a-f]+$/.test(id) || Boolean(target);
    for (let node = target; node; node = node.parentElement) {
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    if (target) target.scrollIntoView();
  }

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      item.text ||= item.node.textContent.toLowerCase();
      const fits = words.every((word) => item.text.includes(word))
        && [...selects].every(([name, select]) => !select.value || item.values[name].includes(select.value));
      item.node.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of all("[data-group]")) {
      group.hidden = !all("[data-item]", group).some((node) => !node.hidden);
    }
    form.querySelector("output").textContent = shown === items.length ? "" : `${shown} of ${items.length} shown`;
  }

  build();
  addEventListener("hashchange", read);
  read();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const node of folded) node.open = true;
  });
  addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });
})();
