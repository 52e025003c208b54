"use strict";
// Folded places: a link into one opens it, and so does printing.

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

// A part of an address without its escapes; as it is if they are malformed.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Opens everything around the element with an id and scrolls to it; returns the element, or null.
function reveal(id) {
  const target = id ? document.getElementById(id) : null;
  for (let node = target; node; node = node.parentElement) {
    if (node instanceof HTMLDetailsElement) node.open = true;
  }
  target?.scrollIntoView();
  return target;
}

// Opens all while the page is printed; `opened` is called with what was folded.
function openForPrinting(selector, opened = () => {}) {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(`${selector}:not([open])`);
    for (const node of folded) node.open = true;
    opened();
  });
  addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });
}
