// The one sentence that the page says before its application is there, or after it is gone: why
// nothing happens, and what can be done.
() => {
  let note = null;

  function remove() {
    note?.remove();
    note = null;
  }

  return {
    remove,
    isShown: () => note !== null,
    contains: (node) => note !== null && note.contains(node),

    show(sentence) {
      remove();
      note = document.createElement("div");
      note.className = "hydration-note";
      note.setAttribute("role", "alert");
      note.textContent = sentence;
      // Beside the body, whose inside belongs to the application.
      document.documentElement.append(note);
    },

    offer(label, act) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.dataset.size = "s";
      button.textContent = label;
      button.addEventListener("click", act);
      note.append(" ", button);
    },
  };
}
