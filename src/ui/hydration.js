// Stands in every page. The server has drawn the page whole; its code is fetched when somebody
// begins to use it, or when something happened that the page has to show. What was done before the
// code was there is taken over, in order, once it is.
((page, tabs, { original, translations, prefetch, inputs, ...make }) => {
  const root = document.documentElement;
  // Where this browser remembers which code it has already. Then nothing is gained by waiting.
  const KEPT = "train.code";
  const SIGNS = [
    "pointermove", "pointerdown", "touchstart", "wheel",
    "keydown", "click", "input", "change", "submit",
  ];
  // What the application listens for, once it is there.
  const CALLED = ["click", "submit", "input", "change", "keydown", "pointerdown"];
  const RETRY_MS = 5000;

  // "idle", "loading", "backoff" after a try that failed, "hydrated", "running", or at an end:
  // "leaving" for another page, or "broken".
  let state = "idle";
  // What was pushed meanwhile (tabs.js): pairs of an event's name, or null for anything, and its
  // data.
  const pending = [];
  // Where the application is or is going.
  let target = location.href;
  // From then on the application receives for itself.
  let handedOver = false;

  const asSent = original();
  const note = make.note();
  const visits = make.visits();
  const acts = inputs({ follows: () => state !== "backoff", keeps: showWhy, later });

  root.dataset.script = "";

  // An account made before the code is there has its time zone all the same.
  function fillTimeZone() {
    const field = document.querySelector("input[type=hidden][name=time_zone]");
    if (field === null || field.value) return;
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }

  // Once the browser has shown what it shows by itself, such as a switch that moves: a slow device
  // needs less time for that than for what is put off.
  function later(act) {
    if (window.scheduler?.postTask) scheduler.postTask(act, { priority: "background" });
    else setTimeout(act);
  }

  function noticed(event) {
    // What covers the page works by itself.
    if ("covered" in root.dataset) return;
    const keeps = acts.notice(event);
    // The application stands over the page already, and is given this in its turn.
    if (keeps && state === "hydrated") event.stopImmediatePropagation();
    if (state === "idle") later(load);
  }

  // Leaving now would lose what was done.
  function leaving(event) {
    if (acts.arePending()) event.preventDefault();
  }

  class Missing {
    constructor(status) {
      this.status = status;
    }
  }

  async function opened(address) {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) throw new Missing(answer?.status ?? 0);
    return answer;
  }

  // Read to its end, so that it is in the browser's cache when it is asked for again.
  async function fetched(address) {
    const answer = await opened(address);
    await answer.arrayBuffer().catch(() => {
      throw new Missing(0);
    });
  }

  // Compiled while it arrives.
  async function compiled(address) {
    const answer = await opened(address);
    return WebAssembly.compileStreaming(answer).catch((error) => {
      // What came whole and is no code that this browser can run is the same the next time.
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
      // It broke off, or something on the way took it for no WASM.
      console.error(error);
      throw new Missing(0);
    });
  }

  const drawn = new Promise((resolve) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });

  drawn.then(fillTimeZone);
  drawn.then(visits.giveBack);

  async function load() {
    if (state !== "idle") return;
    state = "loading";
    try {
      // All at once, and before anything begins: code that is only half there cannot be tried
      // again.
      const files = [page.wasm, ...page.parts].map(compiled);
      const [[wasm, ...parts]] = await Promise.all([Promise.all(files), fetched(page.script)]);
      const code = await import(page.script);
      await code.default({ module_or_path: wasm });
      code.have(parts.map((part, index) => [page.parts[index], part]));
      await code.prepare();
      await drawn;
      if (asSent.isLost() && loadAnew()) return;
      const taken = pending.slice();
      // In one go: nobody changes the page meanwhile.
      asSent.around(() => {
        code.hydrate(taken);
        translations(document.getElementById("app"));
      });
      if (state !== "loading") return;
      state = "hydrated";
      // Effects run first.
      await turn();
      if (state !== "hydrated") return;
      handedOver = true;
      pending.slice(taken.length).forEach(handOver);
      takeOver();
      remember(page.wasm);
      prefetch(page, code);
    } catch (error) {
      failed(error);
    }
  }

  // The next turn of the browser's loop, whatever its timers do; but before the page is drawn
  // again, so that nobody sees the application's own values in what they have changed.
  function turn() {
    return new Promise((resolve) => {
      requestAnimationFrame(resolve);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  }

  function takeOver() {
    state = "running";
    SIGNS.forEach((sign) => removeEventListener(sign, noticed, true));
    removeEventListener("beforeunload", leaving);
    removeEventListener("online", retry);
    note.remove();
    visits.start();
    acts.takeOver();
    root.dataset.hydrated = "";
    if (acts.isPartlyLost()) {
      note.show(
        "The page had to be loaded anew. Passwords that you had typed and buttons that you had " +
          "pressed are to be entered and pressed again.",
      );
      note.offer("OK", note.remove);
    }
  }

  function failed(error) {
    if (!(error instanceof Missing)) {
      broke();
      throw error;
    }
    // The server has another release by now; this page names files that are gone.
    if (error.status === 404) {
      if (loadAnew()) return;
      state = "broken";
      end(
        "Train was updated meanwhile. Reload the page to go on; what you have just entered has " +
          "to be entered again.",
      );
      return;
    }
    // Not at every sign of a person: whatever keeps the server from answering is not made better
    // by that.
    state = "backoff";
    showWhy();
    setTimeout(retry, RETRY_MS);
  }

  // Controls show what was done, but nothing of it is stored.
  function showWhy() {
    if (state !== "backoff" || !acts.arePending() || note.isShown()) return;
    note.show(
      "The server does not answer, so this page cannot react yet. " +
        "What you did is not saved yet; it is kept and follows by itself.",
    );
  }

  // Somebody waits, or the browser is online again. Otherwise the next sign is soon enough.
  function retry() {
    if (state !== "backoff") return;
    state = "idle";
    if (acts.arePending() || pending.length > 0) load();
  }

  // The application panicked, over the page as it found it or later, and is not to be called any
  // more.
  function broke() {
    if (state === "broken" || state === "leaving") return;
    const hydrated = state === "running";
    state = "broken";
    leaveAlone();
    addEventListener("popstate", () => location.reload());
    if (!hydrated && loadAnew()) return;
    end(
      "This page has stopped working. Links still lead on; what you entered here and was not " +
        "saved yet has to be entered again once you have reloaded it.",
    );
  }

  function leaveAlone() {
    SIGNS.forEach((sign) => removeEventListener(sign, noticed, true));
    CALLED.forEach((sign) => addEventListener(sign, alone, true));
  }

  // Nothing will be taken over any more.
  function end(sentence) {
    leaveAlone();
    removeEventListener("beforeunload", leaving);
    acts.giveUp();
    note.show(sentence);
    note.offer("Reload", () => location.reload());
  }

  // Links and forms go on by the browser alone.
  function alone(event) {
    if (note.contains(event.target) || "covered" in root.dataset) return;
    event.stopImmediatePropagation();
    if (event.type === "submit" && !acts.works(event.target)) event.preventDefault();
  }

  // Once in a row, with what was changed in it.
  function loadAnew() {
    if (!acts.store()) return false;
    state = "leaving";
    removeEventListener("beforeunload", leaving);
    location.reload();
    return true;
  }

  // The code of another page did not come, and the application cannot go on without it: the
  // browser goes there by itself, as soon as there is something to go to.
  async function goAnyway() {
    if (state !== "running" && state !== "leaving") return;
    state = "leaving";
    if ((await fetch(target, { method: "HEAD" }).catch(() => null)) !== null) {
      // A tab's address stands already when its code is fetched: going there would only scroll.
      if (new URL(target, location.href).href === location.href) location.reload();
      else location.assign(target);
      return;
    }
    if (!note.isShown()) {
      note.show(
        "The server does not answer, so the next page cannot be opened yet. " +
          "It follows by itself; what you changed is kept.",
      );
    }
    setTimeout(goAnyway, RETRY_MS);
  }

  // Browsers may forbid storage; then nothing is remembered.
  function remember(code) {
    try {
      localStorage.setItem(KEPT, code);
    } catch {}
  }

  function isExpected() {
    try {
      const names = Object.keys(localStorage);
      const isUnsaved = (name) => name.startsWith(page.unsaved);
      return localStorage.getItem(KEPT) === page.wasm || names.some(isUnsaved);
    } catch {
      return false;
    }
  }

  function handOver(news) {
    dispatchEvent(new CustomEvent("train-news", { detail: news }));
  }

  // Not what this page shows already, nor what is shown on other pages only.
  function concerns(event, data) {
    if (event === null) return true;
    if (event === "preferences-changed") {
      const { version } = JSON.parse(data);
      return typeof version !== "number" || version > page.version;
    }
    return !page.background.includes(event) || document.querySelector("[data-live]") !== null;
  }

  SIGNS.forEach((sign) => {
    addEventListener(sign, noticed, { capture: true, passive: !acts.reactsTo(sign) });
  });
  addEventListener("beforeunload", leaving);
  addEventListener("online", retry);
  addEventListener("train-going", ({ detail }) => (target = detail));
  // Told by the loader of the code (xtask/src/join/loader.js).
  addEventListener("train-missing-code", goAnyway);
  addEventListener("train-broken", broke);
  // What ends without a panic: no memory, too deep a call.
  addEventListener("error", ({ error }) => error instanceof WebAssembly.RuntimeError && broke());
  drawn.then(acts.giveBack);
  tabs.follow((event, data) => {
    if (handedOver) handOver([event, data]);
    else if (concerns(event, data)) {
      pending.push([event, data]);
      load();
    }
  });
  if (acts.isLoadedAnew() || isExpected()) load();
  // Figures that move by themselves are read again when it is time to.
  drawn.then(() => {
    const live = document.querySelector("[data-live]");
    if (live) setTimeout(load, Number(live.dataset.live));
  });
})
