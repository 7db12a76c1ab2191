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
  const states = () => work("states", (states) => states.getAll());
  const remove = (position) => work("acts", (acts) => acts.delete(position));

  const put = (act) => work("acts", (acts) => acts.put(act));
  const add = (act) => work("acts", (acts) => acts.add({
    key: newKey(), ...act, made: Date.now(), late: false, state: "waiting", reason: "",
  }));

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
      const due = (await list()).filter((act) => isDue(act)).slice(0, MOST);
      if (!desk?.sends || due.length === 0) return round ? "done" : "idle";
      // What is on its way is not changed any more: it may arrive though no answer comes back.
      for (const act of due) await update(act, { state: "sent" });
      const status = await send(desk, due);
      if (status !== "done") {
        for (const act of due) await update(act, { late: true });
        return status;
      }
    }
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
    for (const state of answer.states) await work("states", (states) => states.put(state));
    for (const result of answer.results) {
      const act = due.find((each) => each.key === result.key);
      if (act) await settle(act, result);
    }
    return "done";
  }

  function settle(act, result) {
    // What was saved at once is no news; what had to wait is, and what the platform looks at first.
    if (result.applied && !act.late && !result.waits) return remove(act.position);
    const state = result.waits ? "review" : result.applied ? "saved" : "refused";
    return update(act, { state, reason: result.reason });
  }

  // Only what is still there: signing out may have taken it away meanwhile.
  function update({ position }, changes) {
    return work("acts", (acts) => {
      const found = acts.get(position);
      found.onsuccess = () => found.result && acts.put({ ...found.result, ...changes });
      return found;
    });
  }

  const isDue = (act) => act.state === "waiting" || act.state === "sent";
  const written = (act, sends) => ({
    ...Object.fromEntries(sends.map((each) => [each, act[each]])),
    key: act.key, waited: Math.max(0, Math.round((Date.now() - act.made) / 1000)),
  });

  function tell(status) {
    listeners.forEach((listener) => listener(status));
    channel.postMessage(status);
  }

  // One transaction on one of the stores; gives what the request found.
  async function work(store, ask) {
    const database = await open();
    try {
      const transaction = database.transaction(store, "readwrite");
      const request = ask(transaction.objectStore(store));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(request.result);
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
  return { claim, forget, list, states, add, put, remove, replay, listen, newKey };
})();
