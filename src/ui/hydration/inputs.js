// What a person does before the page's code is there: kept in order, and done once it is. Controls
// of the browser show their change at once, and the application is given it afterwards; presses of
// buttons and keys wait.
({ follows, keeps, later }) => {
  const root = document.documentElement;
  // What was changed in a page that had to be loaded anew, and that it was, for this tab.
  const CHANGED_BEFORE = "train.changed";
  const LOADED_ANEW = "train.anew";
  const CHOSEN = "input[type=checkbox], input[type=radio]";
  const BY_ITSELF =
    "input:not([type=button], [type=submit], [type=reset], [type=image]), textarea, select";

  // Functions, in the order in which a person did what they do.
  let waiting = [];
  // Those of them that change a control.
  let changes = [];
  // The change of a text is one, however often it goes on.
  const typed = new Map();

  function wait(act) {
    waiting.push(act);
    later(showWaiting);
    keeps();
    return true;
  }

  // The style of the whole page follows it.
  function showWaiting() {
    if (waiting.length > 0) root.dataset.waiting = "";
  }

  function waitFor(change) {
    changes.push(change);
    change.act = () => write(change);
    return wait(change.act);
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // As `is_composing` in ui/client/keys.rs: the key belongs to an input method, also where only its
  // number still says so.
  const composes = (event) => event.isComposing || event.keyCode === 229;

  // A form that names where it is sent works without any code.
  const works = (form) =>
    form !== null && (form.hasAttribute("action") || form.method === "dialog");

  const isTyped = (field) =>
    field.matches?.(BY_ITSELF) && !field.matches(CHOSEN) && field.type !== "file";

  // Each says whether it keeps what was done.
  const reactions = {
    click(event) {
      const hit = event.target.closest?.("a[href], button, label, input, summary");
      if (!hit || event.button !== 0) return false;
      if (hit.localName === "a") {
        const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
        const elsewhere = hit.target || modified;
        // The browser follows links by itself, but not away from what still has to be taken over;
        // unless it is not known whether it ever will be.
        if (waiting.length === 0 || !follows() || elsewhere) return false;
      } else if (hit.localName === "label") {
        if (hit.control === null || hit.control.matches(BY_ITSELF)) return false;
      } else if (hit.matches(BY_ITSELF) || hit.localName === "summary") {
        return false;
      } else if (hit.type === "submit" && works(hit.form)) {
        return false;
      }
      stop(event);
      return wait(() => hit.click());
    },

    keydown(event) {
      const native =
        ["Tab", "Enter", " ", "Shift", "Control", "Alt", "Meta"].includes(event.key) ||
        // The browser chooses by arrow keys.
        (event.key.startsWith("Arrow") && event.target.matches?.(CHOSEN));
      if (native || composes(event) || isTyped(event.target)) return false;
      return wait(() => event.target.dispatchEvent(new KeyboardEvent("keydown", event)));
    },

    input({ target: field }) {
      if (!isTyped(field)) return false;
      let change = typed.get(field);
      if (change !== undefined && changes.at(-1) !== change) {
        // Another control was changed in between, which may stand for the same value.
        changes = changes.filter((other) => other !== change);
        waiting = waiting.filter((act) => act !== change.act);
        change = undefined;
      }
      if (change === undefined) {
        change = { field, done: false };
        typed.set(field, change);
        waitFor(change);
      }
      change.value = field.value;
      change.caret = field.selectionStart;
      return true;
    },

    change(event) {
      const field = event.target;
      // Every one of them: in between other things may have been done.
      if (field.matches?.(CHOSEN)) return waitFor({ field, checked: field.checked, done: true });
      if (field.type === "file") {
        return wait(() => field.dispatchEvent(new Event("change", { bubbles: true })));
      }
      if (!reactions.input(event)) return false;
      typed.get(field).done = true;
      return true;
    },

    submit(event) {
      if (works(event.target)) return false;
      stop(event);
      return wait(() => event.target.requestSubmit(event.submitter));
    },
  };

  // The application has put its own value into the control by now.
  function write({ field, checked, value, caret, done }) {
    if (checked !== undefined) {
      field.checked = checked;
    } else if (field.value !== value) {
      field.value = value;
      const hasCaret = typeof caret === "number" && field === document.activeElement;
      if (hasCaret) field.setSelectionRange(caret, caret);
    }
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    if (done) field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function giveUp() {
    waiting = [];
    changes = [];
    typed.clear();
    delete root.dataset.waiting;
  }

  // Browsers may forbid storage.
  function inTab(act) {
    try {
      return act(sessionStorage);
    } catch {
      return null;
    }
  }

  // How a control is found again in the page loaded anew: not all have an id of their own.
  function keyOf(field) {
    const option = field.matches(CHOSEN) ? field.value : undefined;
    return { id: field.closest("[id]")?.id, name: field.name, option };
  }

  function find({ id, name, option }) {
    const place = document.getElementById(id);
    const inside = () => [...(place?.querySelectorAll(BY_ITSELF) ?? [])];
    const fields = place?.matches(BY_ITSELF) ? [place] : inside();
    const isOption = (field) => option === undefined || field.value === option;
    return fields.find((field) => field.name === name && isOption(field));
  }

  function changeAgain({ key, checked, value, caret, done }) {
    const field = find(key);
    if (field === undefined) {
      before.lost = true;
      return;
    }
    if (checked === undefined) field.value = value;
    else field.checked = checked;
    reactions[done ? "change" : "input"]({ target: field });
    if (checked === undefined) typed.get(field).caret = caret;
  }

  const before = inTab((storage) => {
    const stored = JSON.parse(storage.getItem(CHANGED_BEFORE));
    storage.removeItem(CHANGED_BEFORE);
    return stored?.address === location.href ? stored : null;
  });

  return {
    works,
    giveUp,
    notice: (event) => reactions[event.type]?.(event) ?? false,
    reactsTo: (sign) => sign in reactions,
    arePending: () => waiting.length > 0,

    takeOver() {
      waiting.forEach((act) => act());
      giveUp();
      inTab((storage) => storage.removeItem(LOADED_ANEW));
    },

    // Keeps what was changed for the same page loaded anew, once in a row; passwords are written
    // down nowhere.
    store() {
      let lost = waiting.length > changes.length;
      const stored = [];
      for (const { field, act, ...change } of changes) {
        const key = keyOf(field);
        if (field.type === "password" || find(key) !== field) lost = true;
        else stored.push({ key, ...change });
      }
      return inTab((storage) => {
        if (storage.getItem(LOADED_ANEW) !== null) return false;
        const all = { address: location.href, changes: stored, lost };
        storage.setItem(CHANGED_BEFORE, JSON.stringify(all));
        storage.setItem(LOADED_ANEW, "");
        return true;
      });
    },

    // What was kept before the page was loaded anew, if it was.
    isLoadedAnew: () => before !== null,
    isPartlyLost: () => before?.lost ?? false,
    giveBack: () => before?.changes.forEach(changeAgain),
  };
}
