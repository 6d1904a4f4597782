// From page to page inside the application, what a browser does by itself from document to
// document: the focus goes to what is new, and whoever goes back finds the place that they were
// at, once what stood there is loaded.
() => {
  const root = document.documentElement;
  // How far down each entry of the history was, in this tab; the newest last.
  const KEPT = "train.places";
  const MOST = 50;
  // So long after a page has come its place is held while the page still grows.
  const GROWS_MS = 5000;
  const ACTS = ["wheel", "touchstart", "pointerdown", "keydown"];
  const ONCE = { capture: true, passive: true, once: true };

  // Without it entries cannot be told apart, and the browser goes back as well as it can.
  const { navigation } = window;
  const entry = () => navigation?.currentEntry?.key;
  const places = new Map(read());
  const sizes = "ResizeObserver" in window ? new ResizeObserver(hold) : null;
  // Scrolls to where the page belongs that is on its way or still growing.
  let aim = null;
  let timer = 0;
  // Whose page has the focus.
  let path = location.pathname;

  // Browsers may forbid storage.
  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
    } catch {
      return [];
    }
  }

  function leave() {
    // From another document the browser goes back by itself.
    setRestoring("auto");
    try {
      sessionStorage.setItem(KEPT, JSON.stringify([...places].slice(-MOST)));
    } catch {}
  }

  function setRestoring(way) {
    if (entry() !== undefined) history.scrollRestoration = way;
  }

  function note() {
    // The page that is being left is not where this entry was.
    if (aim !== null || entry() === undefined) return;
    places.delete(entry());
    places.set(entry(), scrollY);
  }

  function hold() {
    aim?.();
  }

  function rest() {
    aim = null;
    sizes?.disconnect();
    clearTimeout(timer);
  }

  function turned({ navigationType }) {
    rest();
    if (navigationType === "traverse") {
      const place = places.get(entry()) ?? 0;
      aim = () => scrollTo(0, place);
      setTimeout(arrive);
    } else if (navigationType === "push" && location.hash.length > 1) {
      const name = location.hash.slice(1);
      aim = () => document.getElementById(name)?.scrollIntoView();
    }
  }

  // What was asked for is in the page, though perhaps not all of it.
  function arrive() {
    if ("waiting" in root.dataset) return;
    takeFocus();
    if (aim === null) return;
    aim();
    // Somebody who reads already is not moved.
    ACTS.forEach((act) => addEventListener(act, rest, ONCE));
    sizes?.observe(document.body);
    clearTimeout(timer);
    timer = setTimeout(rest, GROWS_MS);
  }

  // A keyboard would otherwise begin at the top of the window again, and a screen reader say
  // nothing. What has the focus in the new page keeps it, such as a tab that was opened.
  function takeFocus() {
    if (location.pathname === path) return;
    path = location.pathname;
    const main = document.getElementById("main");
    if (!main || main.contains(document.activeElement) || document.querySelector("dialog[open]")) {
      return;
    }
    const heading = main.querySelector("h1");
    if (heading) heading.tabIndex = -1;
    (heading ?? main).focus({ preventScroll: true });
  }

  return {
    // An entry that was left inside the application, in a document of its own now.
    giveBack() {
      const place = places.get(entry());
      if (history.scrollRestoration === "manual" && place !== undefined) scrollTo(0, place);
    },

    start() {
      setRestoring("manual");
      addEventListener("pageshow", () => setRestoring("manual"));
      addEventListener("pagehide", leave);
      // A page that nobody looks at may be discarded without another word.
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) leave();
        else setRestoring("manual");
      });
      addEventListener("scroll", note, { passive: true });
      navigation?.addEventListener("currententrychange", turned);
      // The address is another one; or the page came whose code or figures were not there.
      addEventListener("train-going", () => setTimeout(arrive));
      addEventListener("train-arrived", () => setTimeout(arrive));
    },
  };
}
