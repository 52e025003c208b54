// Elements from untrusted text: every text is set as textContent, never as markup.

function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") node.className = value;
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function drawing(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// The publication of a clause: that of the part of the document that contains it, or of the document.
function publicationOf(name, pointer) {
  const tokens = (pointer || "").split("/");
  const parts = [4, 3, 2].map((length) => `${name}#${tokens.slice(0, length).join("/")}`);
  return [...parts, name].map((each) => DATA.links[each]).find(Boolean);
}

// A clause, as a link to its publication if there is one.
function clauseNode(clause) {
  const [address] = clause.split(" ");
  const [name, pointer] = address.split("#");
  const publication = address.startsWith("https://") ? address : publicationOf(name, pointer);
  const code = element("code", {}, clause);
  if (!publication) return code;
  const href = pointer && publication !== address ? `${publication}#${encodeURI(pointer)}` : publication;
  return element("a", { href, rel: "noreferrer" }, code);
}

function badge(text, kind = "") {
  return element("span", { class: `badge ${kind}` }, text);
}

function scrollable(label, ...children) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, ...children);
}

function table(headings, rows) {
  return element("table", {},
    element("thead", {}, element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows));
}

function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function milliseconds(number) {
  return number >= 10_000 ? `${(number / 1000).toFixed(1)} s` : `${number >= 100 ? Math.round(number) : number} ms`;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function copyButton(label, text) {
  const button = element("button", { type: "button", class: "copy" }, label);
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(text)) ? "Copied" : "Select the text and copy it";
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
}

// A list that grows by a button: `render` makes the node of one item.
function growingList(container, items, render, step) {
  let shown = 0;
  const button = element("button", { type: "button", class: "copy" });
  const grow = () => {
    const next = items.slice(shown, shown + step).map(render);
    shown += next.length;
    container.append(...next);
    button.textContent = `Show ${Math.min(step, items.length - shown)} of ${items.length - shown} more`;
    button.hidden = shown >= items.length;
  };
  button.addEventListener("click", grow);
  grow();
  return button;
}
