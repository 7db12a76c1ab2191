// Acts that were made on a page and are not known to be saved yet. They lie in the browser's
// database, each with a key of its own, and are sent in their order; the shop does each key once.
// Each desk has a queue of its own, by its name: actQueue("desk") is the same wherever it is asked
// for. Pages load this file, and the service workers do: hence no module.
self.actQueue = (name) => (self.actQueue.known ??= {})[name] ??= (() => {
  const MOST = 50;
  const listeners = new Set();
  const channel = new BroadcastChannel(`${name}-queue`);
  channel.onmessage = (event) => listeners.forEach((listener) => listener(event.data));

  // Whose browser this is. What another one left goes; one's own waits, be the session new or not.
  // `sends` names what the shop is told of an act, apart from its key and how long it waited.
  async function claim(account, url, sends) {
    const before = await work("facts", (facts) => facts.get("desk"));
    if (before && before.account !== account) await forget();
    await work("facts", (facts) => facts.put({ account, url, sends }, "desk"));
  }

  async function forget() {
    await work("acts", (acts) => acts.clear());
    await work("states", (states) => states.clear());
    await work("facts", (facts) => facts.clear());
  }

  const list = () => work("acts", (acts) => acts.getAll());
  // What waits and what the shop last said, of one moment.
  const sight = () => work(["acts", "states"], (acts, states) => [acts.getAll(), states.getAll()]);

  // What is decided on the sight of all acts holds: nobody sends or changes one before it is written.
  const decide = (choose) => work("acts", (acts) => {
    const found = acts.getAll();
    found.onsuccess = () => choose(found.result, {
      add: (act) => acts.add({ key: newKey(), ...act, made: Date.now(), late: false, state: "waiting", reason: "" }),
      put: (act) => acts.put(act),
      remove: ({ position }) => acts.delete(position),
    });
  });
  const add = (act) => decide((_, write) => write.add(act));
  const remove = (act) => decide((_, write) => write.remove(act));

  // One sender at a time, whichever page or worker it is. Says what came of it.
  async function replay() {
    const status = self.navigator.locks
      ? await navigator.locks.request(`${name}-queue`, sendAll)
      : await sendAll();
    if (status !== "idle") tell(status);
    return status;
  }

  async function sendAll() {
    for (let round = 0; ; round += 1) {
      const desk = await work("facts", (facts) => facts.get("desk"));
      const due = desk?.sends ? await take() : [];
      if (due.length === 0) return round ? "done" : "idle";
      const status = await send(desk, due);
      if (status !== "done") {
        await work("acts", (acts) => { for (const act of due) update(acts, act, { late: true }); });
        return status;
      }
    }
  }

  // What is on its way is not changed any more: it may arrive though no answer comes back.
  async function take() {
    let due;
    await decide((acts, write) => {
      due = acts.filter((act) => act.state === "waiting" || act.state === "sent").slice(0, MOST);
      for (const act of due) write.put({ ...act, state: "sent" });
    });
    return due;
  }

  async function send(desk, due) {
    let answer;
    try {
      answer = await fetch(desk.url, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ account: desk.account, acts: due.map((act) => written(act, desk.sends)) }),
      });
      if (answer.type === "opaqueredirect") return "sign-in";
      if (answer.status === 409) return "other";
      if (!answer.ok) return "later";
      answer = await answer.json();
    } catch {
      return self.navigator.onLine ? "later" : "offline";
    }
    // At once: nobody sees an act beside what already counts it.
    await work(["acts", "states"], (acts, states) => {
      for (const state of answer.states) states.put(state);
      for (const result of answer.results) {
        const act = due.find((each) => each.key === result.key);
        if (act) settle(acts, act, result);
      }
    });
    return "done";
  }

  function settle(acts, act, result) {
    // What was saved at once is no news; what had to wait is, and what the platform looks at first.
    if (result.applied && !act.late && !result.waits) return acts.delete(act.position);
    const state = result.waits ? "review" : result.applied ? "saved" : "refused";
    return update(acts, act, { state, reason: result.reason });
  }

  // Only what is still there: signing out may have taken it away meanwhile.
  function update(acts, { position }, changes) {
    const found = acts.get(position);
    found.onsuccess = () => found.result && acts.put({ ...found.result, ...changes });
  }

  const written = (act, sends) => ({
    ...Object.fromEntries(sends.map((each) => [each, act[each]])),
    key: act.key, waited: Math.max(0, Math.round((Date.now() - act.made) / 1000)),
  });

  function tell(status) {
    listeners.forEach((listener) => listener(status));
    channel.postMessage(status);
  }

  // One transaction on one or more of the stores; gives what the request or each of them found.
  async function work(stores, ask) {
    const database = await open();
    try {
      const transaction = database.transaction(stores, "readwrite");
      const asked = ask(...[stores].flat().map((store) => transaction.objectStore(store)));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(Array.isArray(asked) ? asked.map((each) => each.result) : asked?.result);
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  }

  function open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(`${name}-queue`, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("acts", { keyPath: "position", autoIncrement: true });
        request.result.createObjectStore("states", { keyPath: "id" });
        request.result.createObjectStore("facts");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  // Not crypto.randomUUID alone: some phones' browsers don't have it.
  function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  const listen = (listener) => listeners.add(listener);
  return { claim, forget, list, sight, decide, add, remove, replay, listen, newKey };
})();
