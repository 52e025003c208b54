// The search field of a page whose `[data-item]` elements it hides.

const ITEMS = all("[data-item]").map((node) => ({ node, text: "" }));

// Hides the items without all words of a search, and those that do not fit; returns how many are left.
function showItems(search, fits = () => true) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of ITEMS) {
    item.text ||= item.node.textContent.toLowerCase();
    item.node.hidden = !(words.every((word) => item.text.includes(word)) && fits(item.node));
    if (!item.node.hidden) shown += 1;
  }
  return shown;
}

// Whether an item of a group is shown.
function showsItem(group) {
  return all("[data-item]", group).some((node) => !node.hidden);
}
