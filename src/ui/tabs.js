// Stands in every page for its whole life, before the application's code is there and after. The
// tabs of a browser share two things: who is signed in, and the one stream of events that the
// server pushes. Browsers allow six connections to a server over HTTP/1.1, and a stream per tab
// would use them up.
((page) => {
  const root = document.documentElement;
  // Who is signed in in this browser, as the page that was loaded last knows; empty for nobody.
  // Only a hint: each tab asks for itself.
  const WHO = "train.account";
  const REOPEN_MS = 5000;
  // Without Web Locks: how long a tab waits for the leading one to answer, how long it lets others
  // object, and how often it asks.
  const ANSWER_MS = 700;
  const OBJECT_MS = 200;
  const ASK_MS = 15000;
  // Who leads later than this after it asked took over from another tab.
  const HANDED_OVER_MS = 1000;

  const user = page.user;
  const tab = Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(page.channel) : null;
  const call = window.fetch.bind(window);
  let follow = () => {};
  // What is shown in place of the page once its account is not signed in any more.
  let cover = null;
  let stream = null;
  let reopens = 0;
  // Ends this tab's part in who leads.
  let retire = null;

  // News: pairs of an event's name, or null where anything may have been missed, and its data.

  function post(message) {
    channel?.postMessage({ user, ...message });
  }

  function passOn(event, data) {
    post({ news: [event, data] });
    follow(event, data);
  }

  // The stream, in the tab that leads.

  // `missed`: something may have been pushed before it is open that no tab has received.
  function open(missed) {
    const source = new EventSource(`/api/events?account=${user}`);
    stream = source;
    source.onopen = () => {
      if (missed) passOn(null, "");
      missed = true;
    };
    source.onerror = () => {
      // A broken one the browser opens again by itself.
      if (source === stream && source.readyState === EventSource.CLOSED) refused();
    };
    page.events.forEach((name) => source.addEventListener(name, ({ data }) => passOn(name, data)));
  }

  // A stream does not say why it was refused.
  async function refused() {
    await check();
    if (stream !== null) reopens = setTimeout(open, REOPEN_MS, true);
  }

  function close() {
    clearTimeout(reopens);
    stream?.close();
    stream = null;
  }

  // Which tab leads. Each way takes what to do once this one does, and returns what ends it.

  function join() {
    if (!user || cover !== null || retire !== null) return;
    const way = navigator.locks ? byLock : channel ? byElection : whileSeen;
    retire = way(open);
  }

  function leave() {
    retire?.();
    retire = null;
    close();
  }

  function byLock(lead) {
    const waits = new AbortController();
    const asked = Date.now();
    let release;
    const held = new Promise((resolve) => (release = resolve));
    navigator.locks
      .request(page.lock, { signal: waits.signal }, () => {
        lead(Date.now() - asked > HANDED_OVER_MS);
        return held;
      })
      .catch(() => {});
    return () => {
      waits.abort();
      release();
    };
  }

  // Where the browser has no Web Locks, which is everywhere but over TLS and on localhost. A tab
  // that leads says so whenever it is asked; when nobody answers, whoever asked stands for it, and
  // of several the last one to stand leads. So a tab that died is replaced, and one that was only
  // frozen gives way when it goes on.
  function byElection(lead) {
    // When this tab stood for it, and its name, while it does.
    let claim = null;
    let leads = false;
    let known = false;
    let timer = 0;

    const say = () => post({ claim });
    const isLater = ([time, name]) => time > claim[0] || (time === claim[0] && name > claim[1]);

    function ask() {
      // Also one that was frozen may take itself for the leading one: it has to learn of another.
      if (claim !== null) return say();
      clearTimeout(timer);
      timer = setTimeout(stand, ANSWER_MS);
      post({ asks: true });
    }

    function stand() {
      claim = [Date.now(), tab];
      say();
      clearTimeout(timer);
      timer = setTimeout(() => {
        leads = true;
        lead(known);
      }, OBJECT_MS);
    }

    function giveWay() {
      if (leads) close();
      leads = false;
      claim = null;
    }

    elections = ({ asks, claim: other, gone }) => {
      if (asks && claim !== null) say();
      if (gone && claim === null) {
        known = true;
        stand();
      }
      if (!other) return;
      if (claim !== null && !isLater(other)) return say();
      clearTimeout(timer);
      known = true;
      giveWay();
    };
    const look = () => document.hidden || ask();
    const asking = setInterval(look, ASK_MS);
    document.addEventListener("visibilitychange", look);
    ask();

    return () => {
      elections = () => {};
      clearInterval(asking);
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      if (claim !== null) post({ gone: true });
      giveWay();
    };
  }

  // With nothing to agree by: whoever is looked at.
  function whileSeen(lead) {
    let missed = false;
    const look = () => {
      close();
      if (!document.hidden) lead(missed);
      missed = true;
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => document.removeEventListener("visibilitychange", look);
  }

  let elections = () => {};
  if (channel) {
    channel.onmessage = ({ data: message }) => {
      if (message.user !== user || !user || cover !== null) return;
      if (message.news) follow(...message.news);
      else elections(message);
    };
  }

  // Who is signed in.

  function remembered() {
    try {
      return localStorage.getItem(WHO);
    } catch {
      return null;
    }
  }

  // Tells the other tabs, also those that sleep.
  function remember(who) {
    try {
      if (localStorage.getItem(WHO) !== who) localStorage.setItem(WHO, who);
    } catch {}
  }

  let checks = Promise.resolve();

  // Asks whether this page's account is still the one that is signed in. One after another, so that
  // the last answer counts.
  function check() {
    return (checks = checks.then(look));
  }

  async function look() {
    const headers = { accept: "application/json", "train-account": user };
    const answer = await call("/api/auth/me", { headers }).catch(() => null);
    if (answer?.ok) {
      remember(user);
      uncover();
    } else if (answer?.status === 401) {
      const { code } = await answer.json().catch(() => ({}));
      if (code !== "other_account") remember("");
      show(code === "other_account");
    } else if (cover?.dataset.sure === "false") {
      // It cannot be told; whoever works here may go on without a connection.
      uncover();
    }
  }

  // Takes the page out of sight. What is beneath stays as it is.
  function hide() {
    if (cover !== null) return;
    leave();
    root.dataset.covered = "";
    cover = document.createElement("div");
    cover.className = "session-cover";
    cover.dataset.sure = "false";
    // Beside the body, whose inside belongs to the application.
    root.append(cover);
  }

  function show(other) {
    hide();
    cover.dataset.sure = "true";
    cover.setAttribute("role", "alertdialog");
    cover.setAttribute("aria-labelledby", "session-cover-title");
    cover.setAttribute("aria-describedby", "session-cover-text");
    const part = (name, id, text) => {
      const made = document.createElement(name);
      if (id) made.id = id;
      made.textContent = text;
      return made;
    };
    const here = location.pathname + location.search + location.hash;
    let way;
    if (other) {
      way = part("button", "", "Reload the page");
      way.type = "button";
      way.onclick = () => location.reload();
    } else {
      way = part("a", "", "Sign in again");
      way.href = `/sign-in?next=${encodeURIComponent(here)}`;
      // A page load: within this page the router would go there beneath the cover.
      way.rel = "external";
    }
    way.className = "button";
    way.dataset.variant = "primary";
    const title = other ? "Somebody else is signed in now" : "You are signed out";
    const text =
      "This page belongs to an account that is no longer signed in. " +
      "What was changed here and not saved yet is kept in this browser for that account.";
    cover.replaceChildren(
      part("h1", "session-cover-title", title),
      part("p", "session-cover-text", text),
      way,
    );
    way.focus();
  }

  function uncover() {
    if (cover === null) return;
    cover.remove();
    cover = null;
    delete root.dataset.covered;
    join();
    dispatchEvent(new Event("train-signed-in"));
    follow(null, "");
  }

  // Calls of this page are its account's: the server refuses them when somebody else has signed in
  // meanwhile. Nothing is asked for an account that is signed out, and whoever learns first that it
  // is tells the others.
  if (user) {
    window.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.startsWith(`${location.origin}/api/`)) return call(request);
      if (cover !== null) return signedOut();
      request.headers.set("train-account", user);
      const answer = await call(request);
      if (answer.status === 401) check();
      return answer;
    };
  }

  function signedOut() {
    const error = "You are signed out. Sign in again; what you changed is kept.";
    const body = { success: false, status: 401, error, code: "not_signed_in" };
    const headers = { "content-type": "application/json" };
    return new Response(JSON.stringify(body), { status: 401, headers });
  }

  remember(user ?? "");
  if (user) {
    addEventListener("storage", ({ key, newValue }) => {
      if (key === WHO && (newValue !== user || cover !== null)) check();
    });
    addEventListener("pagehide", leave);
    // Back from the browser's cache of pages, where it slept through everything.
    addEventListener("pageshow", async ({ persisted }) => {
      if (!persisted) return;
      if ((remembered() ?? user) !== user) hide();
      await check();
      join();
      if (cover === null) follow(null, "");
    });
    addEventListener("train-post", ({ detail }) => post({ news: JSON.parse(detail) }));
    join();
  }

  return {
    // Who is called with all news, from the server or another tab.
    follow(news) {
      follow = news;
    },
  };
})
