// Extensions and translators change the page before its code comes, and hydration needs it as the
// server sent it: it walks node by node, and one too many breaks it or puts it beside its target.
// So whatever others do inside the application is noted, taken back for the moment of hydration,
// and done again. The very same nodes come and go: what is typed into them stays.
() => {
  // More is no page that somebody uses, but one that something changes by itself all the time.
  const MOST = 20_000;
  const changes = [];
  let parsing = document.readyState === "loading";
  let lost = false;

  function note(record) {
    const { target, addedNodes, removedNodes, nextSibling } = record;
    const app = document.getElementById("app");
    // What is taken out of the application is changed outside it, but belongs to it.
    const inside = app !== null && (app.contains(target) || !target.isConnected);
    if (!inside || (addedNodes.length === 0 && removedNodes.length === 0)) return;
    // The parser only ever adds, and only behind everything else.
    if (parsing && removedNodes.length === 0 && nextSibling === null) return;
    lost ||= changes.length === MOST;
    if (!lost) changes.push(record);
  }

  // Attributes and the words of a text are no matter of hydration.
  const observer = new MutationObserver((records) => records.forEach(note));
  observer.observe(document, { childList: true, subtree: true });

  function parsed() {
    observer.takeRecords().forEach(note);
    parsing = false;
  }
  if (parsing) document.addEventListener("DOMContentLoaded", parsed);

  function takeBack({ target, addedNodes, removedNodes, previousSibling, nextSibling }) {
    addedNodes.forEach((node) => node.parentNode === target && node.remove());
    put(target, [...removedNodes], previousSibling, nextSibling);
  }

  function doAgain({ target, addedNodes, removedNodes, previousSibling, nextSibling }) {
    const [gone, ...more] = [...removedNodes].filter((node) => node.parentNode === target);
    more.forEach((node) => node.remove());
    if (gone !== undefined) gone.replaceWith(...addedNodes);
    else put(target, [...addedNodes], previousSibling, nextSibling);
  }

  function put(parent, nodes, previous, next) {
    if (previous?.parentNode === parent) previous.after(...nodes);
    else if (next?.parentNode === parent) next.before(...nodes);
    else if (previous === null) parent.prepend(...nodes);
    else parent.append(...nodes);
  }

  // Moved nodes lose the focus.
  function keepingFocus(act) {
    const field = document.activeElement;
    const { selectionStart: start, selectionEnd: end } = field ?? {};
    const result = act();
    if (field?.isConnected && field !== document.activeElement) {
      field.focus({ preventScroll: true });
      if (typeof start === "number") field.setSelectionRange(start, end);
    }
    return result;
  }

  return {
    // Whether the page cannot be had as it was.
    isLost: () => lost,

    // Hydrates the page as it was, and gives others their changes back.
    around(hydrate) {
      observer.takeRecords().forEach(note);
      observer.disconnect();
      return keepingFocus(() => {
        changes.toReversed().forEach(takeBack);
        hydrate();
        changes.forEach(doAgain);
        changes.length = 0;
      });
    },
  };
}
