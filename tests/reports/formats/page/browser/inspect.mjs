// Opens a page in headless Chromium at two widths, light and dark, and prints what it finds as JSON.
// Usage: node inspect.mjs MODULES CHROMIUM PAGE [FRAGMENT…]; with AOAI_SCREENSHOTS set, screenshots are written there.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const [modules, chromium, file, ...fragments] = process.argv.slice(2);
const require = createRequire(join(modules, "node_modules", "index.js"));
const puppeteer = (await import(require.resolve("puppeteer-core"))).default;
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf-8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const problems = [];
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });

async function open(fragment, width, scheme, script = true) {
  const page = await browser.newPage();
  const where = `${fragment || "start"} at ${width} px, ${scheme}`;
  page.on("pageerror", (error) => problems.push(`${where}: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) problems.push(`${where}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) problems.push(`${where}: requests ${request.url()}`);
  });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`file://${file}${fragment}`, { waitUntil: "load" });
  return [page, where];
}

for (const fragment of ["", ...fragments]) {
  for (const width of [1400, 420]) {
    for (const scheme of ["light", "dark"]) {
      const [page, where] = await open(fragment, width, scheme);
      if (/^#\w+$/.test(fragment)) {
        await page.$$eval(`${fragment} details`, (nodes) => { for (const node of nodes) node.open = true; });
        await new Promise((done) => { setTimeout(done, 100); });
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) problems.push(`${where}: the page is ${wide} px too wide`);
      const session = await page.createCDPSession();
      await session.send("Runtime.evaluate", { expression: axe });
      const found = await page.evaluate(async (wanted) => {
        const { violations } = await window.axe.run(document, { runOnly: wanted });
        return violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0].html.slice(0, 200)}`);
      }, tags);
      problems.push(...found.map((each) => `${where}: axe ${each}`));
      if (process.env.AOAI_SCREENSHOTS) {
        mkdirSync(process.env.AOAI_SCREENSHOTS, { recursive: true });
        const name = [basename(file, ".html"), fragment.replace(/\W+/g, "_").slice(0, 40), width, scheme].join("-");
        await page.screenshot({ path: join(process.env.AOAI_SCREENSHOTS, `${name}.png`) });
      }
      await page.close();
    }
  }
}

// What a reader sees: the open entries and the text around them, for each fragment.
const views = {};
for (const fragment of ["", ...fragments]) {
  const [page] = await open(fragment, 1400, "light");
  views[fragment] = await page.evaluate(() => ({
    causes: [...document.querySelectorAll("details.cause:not([hidden])")].length,
    open: [...document.querySelectorAll("details.entry[open]")].map((node) => node.id),
    listed: [...document.querySelectorAll("details.cause[open]:not([hidden]) details.entry")].map((node) => node.id),
    found: document.querySelector(".filter output")?.textContent ?? "",
    missing: document.querySelector(".missing")?.hidden === false,
    search: document.querySelector("#words")?.value ?? "",
    commands: [...document.querySelectorAll("details.entry[open] .commands pre")].map((node) => node.textContent),
    streams: document.querySelectorAll("details.entry[open] figure.stream").length,
    markup: [...document.querySelectorAll("#causes script, #causes img, #causes iframe")].length,
  }));
  await page.close();
}

// Typing into the search changes the address.
const [page] = await open("", 1400, "light");
let typed = null;
if (await page.$(".facet-box")) {
  await page.type("#words", "streams");
  await page.click(".facet-box summary");
  await page.select("#facet-level", "must");
  typed = await page.evaluate(() => location.hash);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
}
const folded = await page.evaluate(() => document.querySelectorAll("details.cause:not([open])").length);
await page.close();

const [plain] = await open("", 1400, "light", false);
const text = await plain.evaluate(() => document.body.innerText).catch(() => null);
const entries = (await plain.$$("details.entry")).length;
await plain.close();

await browser.close();
console.log(JSON.stringify({ problems, views, typed, folded, withoutScript: { text, entries } }));
