// Ends the script of wasm-bindgen. The build fills in what stands in capitals: what wasm-split wrote for its parts, and which files
// the pages' code is in.
const files = (() => {
  SHARED
  // Compiled already, by address: `ui/hydration.js` fetched it to see that it is there.
  const compiled = new Map();
  const address = (file) => new URL(file, import.meta.url).href;
  const load = (file) => makeLoad(() => {
    const code = compiled.get(address(file)) ?? WebAssembly.compileStreaming(fetch(address(file)));
    // Whoever waits for it learns of a failure.
    Promise.resolve(code).catch(() => {});
    return async (imports) => WebAssembly.instantiate(await code, imports);
  }, []);
  const pages = PAGES;
  const loads = new Map([...new Set(Object.values(pages).flat())].map((file) => [file, load(file)]));
  // The application panics when it learns of it: `ui/hydration.js` has to know before that the page is only missing.
  const missing = (error) => {
    dispatchEvent(new Event("train-missing-code"));
    throw error;
  };
  const page = (name) => wrapAsyncCb(() => Promise.all(pages[name].map((file) => loads.get(file)())).catch(missing));
  return { compiled, address, pages, functions: FUNCTIONS };
})();

// Takes files that are compiled: pairs of an address and its code.
export function have(code) {
  for (const [file, module] of code) files.compiled.set(files.address(file), module);
}

// Has the browser fetch the files of pages that may be opened next, with those of their tabs, one after the other.
export async function prefetch(names) {
  const wanted = Object.entries(files.pages).filter(([page]) => names.includes(page.split("/")[0]));
  for (const file of new Set(wanted.flatMap(([, list]) => list))) {
    if (files.compiled.has(files.address(file))) continue;
    const answer = await fetch(files.address(file), { priority: "low" });
    if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
    await answer.arrayBuffer();
  }
}
