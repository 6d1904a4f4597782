// Translators put nodes of their own in the place of texts. The application goes on holding its
// own: it would write into nodes that are not in the page, find no place beside them, and leave the
// translation of one row standing beside the buttons of another. So its texts go back to where they
// were, empty, each before what stands for it. As soon as the application changes or removes one of
// them, everything that stands for the texts of that element goes, and they have their words again.
(app) => {
  // By the element around them: the texts with their own words, and what stands for them.
  const translated = new WeakMap();

  const isText = (node) => node.nodeType === Node.TEXT_NODE;
  const isWritten = (node) => isText(node) || node.nodeType === Node.COMMENT_NODE;
  // The application makes no such elements, and never replaces a node in one step.
  const isForeign = (node) => node.nodeName === "FONT";
  const replaces = (record) => record.addedNodes.length > 0 && record.removedNodes.length > 0;

  function settle(records) {
    const written = new Set();
    const parents = new Map();
    for (const record of records) {
      const text = record.type === "characterData" ? record.target : null;
      const parent = text === null ? record.target : text.parentNode;
      if (text !== null && !translated.get(parent)?.texts.has(text)) continue;
      if (text !== null) written.add(text);
      if (!parents.has(parent)) parents.set(parent, []);
      if (text === null) parents.get(parent).push(record);
    }
    parents.forEach((own, parent) => follow(parent, own, written));
    observer.takeRecords();
  }

  // What happened inside one element.
  function follow(parent, records, written) {
    const known = translated.get(parent);
    const { texts, copies } = known ?? { texts: new Map(), copies: new Set() };
    const added = new Set(records.flatMap((record) => [...record.addedNodes]));
    const foreign = records.some(replaces) || [...added].some(isForeign);
    if (!foreign && known === undefined) return;
    const back = new Set();
    for (const record of foreign ? records.toReversed() : []) {
      const gone = [...record.removedNodes].filter(
        (node) => node.parentNode === null && isWritten(node) && !copies.has(node),
      );
      const stand = [...record.addedNodes].filter(
        (node) => node.parentNode === parent && !texts.has(node),
      );
      const forText = [...record.removedNodes].some((node) => isText(node) || copies.has(node));
      stand.forEach((node) => (forText || isForeign(node)) && copies.add(node));
      if (gone.length > 0) putBack(parent, gone, record, stand);
      for (const text of gone.filter(isText)) {
        back.add(text);
        texts.set(text, text.data || (texts.get(text) ?? ""));
        text.data = "";
      }
    }
    copies.forEach((node) => node.parentNode === parent || copies.delete(node));
    if (texts.size === 0) return;
    const touched = [...texts.keys()].some(
      (text) =>
        written.has(text) || text.parentNode !== parent || (added.has(text) && !back.has(text)),
    );
    if (touched || copies.size === 0) untranslate(parent, texts, copies, written);
    else translated.set(parent, { texts, copies });
  }

  function putBack(parent, nodes, { previousSibling: previous, nextSibling: next }, [stand]) {
    if (stand !== undefined) stand.before(...nodes);
    else if (previous?.parentNode === parent) previous.after(...nodes);
    else if (next?.parentNode === parent) next.before(...nodes);
    else if (previous === null) parent.prepend(...nodes);
    else parent.append(...nodes);
  }

  function untranslate(parent, texts, copies, written) {
    texts.forEach((words, text) => {
      if (!written.has(text) && text.data === "") text.data = words;
    });
    copies.forEach((node) => node.remove());
    translated.delete(parent);
  }

  const observer = new MutationObserver(settle);
  observer.observe(app, { childList: true, characterData: true, subtree: true });
}
