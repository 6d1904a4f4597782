// Stands in every page. The server has drawn the page whole; its code is fetched when somebody begins to use it, or when something
// happened that the page has to show. What was done before the code was there is taken over, in order, once it is.
((page, original, translations, ahead, tabs) => {
  const root = document.documentElement;
  // Where this browser remembers which code it has already. Then nothing is gained by waiting.
  const KEPT = "train.code";
  // What was typed into a page that had to be loaded anew, and that it was, for this tab.
  const TYPED_BEFORE = "train.typed";
  const LOADED_ANEW = "train.anew";
  const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown", "click", "input", "change", "submit"];
  const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=image]), textarea, select";
  // What the application listens for, once it is there.
  const CALLED = ["click", "submit", "input", "change", "keydown", "pointerdown"];
  const RETRY_MS = 5000;

  // "asleep", "waking", "resting" after a try that failed, "alive", or at an end: "leaving" for
  // another page, or "broken".
  let state = "asleep";
  // What has to be taken over: functions, in the order in which a person did what they do.
  let waiting = [];
  const edited = new Map();
  // What was told meanwhile (tabs.js): pairs of an event's name, or null for anything, and its
  // data.
  const heard = [];
  let note = null;
  // From then on the application hears for itself.
  let handedOver = false;

  const asSent = original();

  root.dataset.script = "";

  // An account made before the code is there has its time zone all the same.
  function tellTimeZone() {
    const field = document.querySelector("input[type=hidden][name=time_zone]");
    if (field === null || field.value) return;
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }

  function wait(act) {
    waiting.push(act);
    root.dataset.waiting = "";
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // As `is_composing` in ui/client/keys.rs: the key belongs to an input method, also where only its
  // number still says so.
  const composes = (event) => event.isComposing || event.keyCode === 229;

  // A form that names where it is sent works without any code.
  const works = (form) => form !== null && (form.hasAttribute("action") || form.method === "dialog");

  const reactions = {
    click(event) {
      const hit = event.target.closest?.("a[href], button, label, input, summary");
      if (!hit || event.button !== 0) return;
      if (hit.localName === "a") {
        const elsewhere = hit.target || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
        // The browser follows links by itself, but not away from what still has to be taken over;
        // unless it is not known whether it ever will be.
        if (waiting.length === 0 || state === "resting" || elsewhere) return;
      } else if (hit.localName === "label") {
        if (hit.control === null || hit.control.matches(TYPED)) return;
      } else if (hit.matches(TYPED) || hit.localName === "summary" || (hit.type === "submit" && works(hit.form))) {
        return;
      }
      stop(event);
      wait(() => hit.click());
    },

    keydown(event) {
      const native = ["Tab", "Enter", " ", "Shift", "Control", "Alt", "Meta"].includes(event.key);
      if (native || composes(event) || event.target.closest?.(TYPED)) return;
      wait(() => event.target.dispatchEvent(new KeyboardEvent("keydown", event)));
    },

    input(event) {
      const field = event.target;
      if (!field.matches?.(TYPED) || field.type === "file") return;
      let edit = edited.get(field);
      if (edit === undefined) {
        edit = { done: false };
        edited.set(field, edit);
        wait(() => write(field, edit));
      }
      edit.value = field.value;
      edit.caret = field.selectionStart;
    },

    change(event) {
      const field = event.target;
      reactions.input(event);
      const edit = edited.get(field);
      if (edit !== undefined) edit.done = true;
      if (field.type === "file") wait(() => field.dispatchEvent(new Event("change", { bubbles: true })));
    },

    submit(event) {
      if (works(event.target)) return;
      stop(event);
      wait(() => event.target.requestSubmit(event.submitter));
    },
  };

  // The application has put its own value into the field by now.
  function write(field, { value, caret, done }) {
    if (field.value !== value) {
      field.value = value;
      if (typeof caret === "number" && field === document.activeElement) field.setSelectionRange(caret, caret);
    }
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    if (done) field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function noticed(event) {
    // What covers the page works by itself.
    if ("covered" in root.dataset) return;
    reactions[event.type]?.(event);
    wake();
  }

  // Leaving now would lose what was done.
  function leaving(event) {
    if (waiting.length > 0) event.preventDefault();
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

  drawn.then(tellTimeZone);

  async function wake() {
    if (state !== "asleep") return;
    state = "waking";
    try {
      // All at once, and before anything begins: code that is only half there cannot be tried again.
      const files = [page.wasm, ...page.parts].map(compiled);
      const [[wasm, ...parts]] = await Promise.all([Promise.all(files), fetched(page.script)]);
      const code = await import(page.script);
      await code.default({ module_or_path: wasm });
      code.have(parts.map((part, index) => [page.parts[index], part]));
      await code.prepare();
      await drawn;
      if (asSent.isLost() && loadAnew()) return;
      const told = heard.slice();
      // In one go: nobody changes the page meanwhile.
      asSent.around(() => {
        code.hydrate(told);
        translations(document.getElementById("app"));
      });
      // Effects run first.
      await turn();
      if (state !== "waking") return;
      handedOver = true;
      heard.slice(told.length).forEach(handOver);
      takeOver();
      remember(page.wasm);
      ahead(page, code);
    } catch (error) {
      failed(error);
    }
  }

  // The next turn of the browser's loop, whatever its timers do.
  function turn() {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  }

  function takeOver() {
    state = "alive";
    SIGNS.forEach((sign) => removeEventListener(sign, noticed, true));
    removeEventListener("beforeunload", leaving);
    removeEventListener("online", rested);
    note?.remove();
    note = null;
    waiting.forEach((act) => act());
    waiting = [];
    delete root.dataset.waiting;
    root.dataset.hydrated = "";
    inTab((storage) => storage.removeItem(LOADED_ANEW));
    if (before?.lost) {
      show(
        "The page had to be loaded anew. Passwords that you had typed and buttons that you had " +
          "pressed are to be entered and pressed again.",
      );
      offer("OK", () => note.remove());
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
    state = "resting";
    if (waiting.length > 0 && note === null) {
      show(
        "The server does not answer, so this page cannot react yet. What you did is kept and " +
          "follows by itself.",
      );
    }
    setTimeout(rested, RETRY_MS);
  }

  // Somebody waits, or the browser is online again. Otherwise the next sign is soon enough.
  function rested() {
    if (state !== "resting") return;
    state = "asleep";
    if (waiting.length > 0 || heard.length > 0) wake();
  }

  function show(sentence) {
    note?.remove();
    note = document.createElement("div");
    note.className = "wake-note";
    note.setAttribute("role", "alert");
    note.textContent = sentence;
    // Beside the body, whose inside belongs to the application.
    root.append(note);
  }

  function offer(label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.dataset.size = "s";
    button.textContent = label;
    button.addEventListener("click", act);
    note.append(" ", button);
  }

  // The application panicked, over the page as it found it or later, and is not to be called any more.
  function broke() {
    if (state === "broken" || state === "leaving") return;
    const hydrated = state === "alive";
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
    waiting = [];
    delete root.dataset.waiting;
    show(sentence);
    offer("Reload", () => location.reload());
  }

  // Links and forms go on by the browser alone.
  function alone(event) {
    if (note?.contains(event.target) || "covered" in root.dataset) return;
    event.stopImmediatePropagation();
    if (event.type === "submit" && !works(event.target)) event.preventDefault();
  }

  // Once in a row, with what was typed; passwords are written down nowhere.
  function loadAnew() {
    const fields = [];
    let lost = waiting.length > edited.size;
    edited.forEach(({ value, caret, done }, field) => {
      const key = field.id || field.name;
      if (field.type === "password" || !key) lost = true;
      else fields.push({ key, value, caret, done });
    });
    const kept = inTab((storage) => {
      if (storage.getItem(LOADED_ANEW) !== null) return false;
      storage.setItem(TYPED_BEFORE, JSON.stringify({ address: location.href, fields, lost }));
      storage.setItem(LOADED_ANEW, "");
      return true;
    });
    if (!kept) return false;
    state = "leaving";
    removeEventListener("beforeunload", leaving);
    location.reload();
    return true;
  }

  function typedBefore() {
    const kept = inTab((storage) => {
      const text = storage.getItem(TYPED_BEFORE);
      storage.removeItem(TYPED_BEFORE);
      return JSON.parse(text);
    });
    return kept?.address === location.href ? kept : null;
  }

  function giveBack({ key, value, caret, done }) {
    const field = document.getElementById(key) ?? document.getElementsByName(key)[0];
    if (!field?.matches(TYPED) || field.type === "file") {
      before.lost = true;
      return;
    }
    field.value = value;
    reactions[done ? "change" : "input"]({ target: field });
    edited.get(field).caret = caret;
  }

  // Browsers may forbid storage.
  function inTab(act) {
    try {
      return act(sessionStorage);
    } catch {
      return null;
    }
  }

  // The code of another page did not come, and the application cannot go on without it: the browser goes there by itself, as soon as
  // there is something to go to.
  async function goAnyway(address) {
    state = "leaving";
    if ((await fetch(address, { method: "HEAD" }).catch(() => null)) !== null) {
      location.assign(address);
      return;
    }
    if (note === null) {
      show("The server does not answer, so the next page cannot be opened yet. It follows by itself; what you changed is kept.");
    }
    setTimeout(goAnyway, RETRY_MS, address);
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
      return localStorage.getItem(KEPT) === page.wasm || names.some((name) => name.startsWith(page.unsaved));
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

  SIGNS.forEach((sign) => addEventListener(sign, noticed, { capture: true, passive: !(sign in reactions) }));
  addEventListener("beforeunload", leaving);
  addEventListener("online", rested);
  addEventListener("train-missing-code", ({ detail }) => goAnyway(detail));
  addEventListener("train-broken", broke);
  // What ends without a panic: no memory, too deep a call.
  addEventListener("error", ({ error }) => error instanceof WebAssembly.RuntimeError && broke());
  const before = typedBefore();
  drawn.then(() => before?.fields.forEach(giveBack));
  tabs.follow((event, data) => {
    if (handedOver) handOver([event, data]);
    else if (concerns(event, data)) {
      heard.push([event, data]);
      wake();
    }
  });
  if (before !== null || isExpected()) wake();
  // Figures that move by themselves are read again when it is time to.
  drawn.then(() => {
    const live = document.querySelector("[data-live]");
    if (live) setTimeout(wake, Number(live.dataset.live));
  });
})
