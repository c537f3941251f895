// The search of the built site without a browser: reads queries as JSON, writes the pages found, best first.
const fs = require("fs");
const vm = require("vm");

const [root] = process.argv.slice(2);
const page = { _ready() {}, _: (text) => text, SPHINX_HIGHLIGHT_ENABLED: false };
page.document = { documentElement: { dataset: {} }, getElementById: () => null };
page.window = page;
vm.createContext(page);
const run = (code) => vm.runInContext(code, page);
for (const name of ["language_data.js", "searchtools.js"]) run(fs.readFileSync(`${root}/_static/${name}`, "utf8"));
run("Search.setIndex = (index) => { Search._index = index; };");
run(fs.readFileSync(`${root}/searchindex.js`, "utf8"));
const found = JSON.parse(fs.readFileSync(0, "utf8")).map((query) => {
  const results = run(`Search._performSearch(...Search._parseQuery(${JSON.stringify(query)}))`);
  return results.reverse().map(([name]) => name); // the browser shows them from the last one on
});
console.log(JSON.stringify(found));
