// Whoever uses one page opens others: once the browser has nothing else to do it fetches the code
// of those that the navigation leads to, where bytes are not dear. Once for a release, since it
// keeps what it has.
(page, code) => {
  const PREFETCHED = "train.prefetched";
  const PAUSE_MS = 5000;
  const { saveData = false, effectiveType = "" } = navigator.connection ?? {};
  if (saveData || /[23]g/.test(effectiveType)) return;
  // Browsers may forbid storage; then it would be fetched on every page.
  try {
    if (localStorage.getItem(PREFETCHED) === page.script) return;
  } catch {
    return;
  }

  async function prefetch() {
    const links = [...document.querySelectorAll("nav a[href]")];
    const own = links.filter((link) => link.origin === location.origin);
    // Before signing in there is no navigation, and nothing is done yet.
    if (!own.length) return;
    // As `names` in api/page_code.rs.
    const names = own.map((link) => link.pathname.split("/")[1] || "home");
    // `frame` is the palette, which opens everywhere.
    await code.prefetch([...new Set(names), "frame"]);
    localStorage.setItem(PREFETCHED, page.script);
  }

  const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, PAUSE_MS));
  // What does not come is fetched when it is needed. Not for ever: a page at rest may be idle
  // only after a frame that nothing on it asks for.
  idle(() => prefetch().catch(() => {}), { timeout: PAUSE_MS });
}
