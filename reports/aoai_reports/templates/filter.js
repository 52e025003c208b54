"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // The filter looks at defects, rules and fields; an emptied group is hidden with them.
  const bar = document.querySelector(".filter");
  const items = all("[data-item]").map((node) => ({ node, text: "" }));
  const groups = all("[data-group]");
  const openBefore = new Map();
  const apply = () => {
    const words = bar.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      item.text ||= item.node.textContent.toLowerCase();
      const fits = words.every((word) => item.text.includes(word));
      item.node.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of groups) {
      const some = all("[data-item]", group).some((node) => !node.hidden);
      group.hidden = words.length > 0 && !some;
      if (group instanceof HTMLDetailsElement) {
        if (!openBefore.has(group)) openBefore.set(group, group.open);
        group.open = words.length > 0 ? some : openBefore.get(group);
        if (words.length === 0) openBefore.delete(group);
      }
    }
    bar.querySelector("output").textContent = words.length ? `${shown} of ${items.length} shown` : "";
  };
  if (bar && items.length) {
    bar.hidden = false;
    bar.addEventListener("submit", (event) => event.preventDefault());
    bar.querySelector("input").addEventListener("input", apply);
  }

  // A link into a folded place opens it; printing opens everything.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const node of folded) node.open = true;
  });
  addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });
})();
