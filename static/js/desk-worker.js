// The service worker of one desk, and of nothing else: SHELL, written before this file by the shop,
// says which one it is and names what it keeps. Its own pages come from the network, and from what was kept when
// there is none or it takes too long; every other page is the network's business.
importScripts(SHELL.queue);

const SHELLS = `${SHELL.name}-shell-`;
const SHELL_CACHE = SHELLS + SHELL.version;
const PAGES = `${SHELL.name}-pages-`;
const queue = actQueue(SHELL.name);
const PATIENCE = 6000;
const FRESH_FOR = 5 * 60 * 1000;
let keptAt = 0;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("sync", (event) => event.waitUntil(replay()));
addEventListener("message", (event) => event.waitUntil(keep(event.data, event.source?.url)));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (SHELL.assets.includes(url.pathname + url.search)) event.respondWith(asset(request));
  else if (request.mode === "navigate" && isDesk(url.pathname)) event.respondWith(visit(event, url));
});

async function install() {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll([...SHELL.assets, SHELL.offline]);
  await skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(SHELLS) && name !== SHELL_CACHE) await caches.delete(name);
  }
  await clients.claim();
}

async function asset(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}

async function visit(event, url) {
  const fresh = fromNetwork(event.request, url);
  event.waitUntil(fresh.catch(() => {}));
  try {
    const answer = await Promise.race([fresh, afterPatience(url)]);
    if (answer.status < 500) return answer;
    return (await kept(url)) ?? answer;
  } catch {
    return (await kept(url)) ?? (await caches.match(SHELL.offline)) ?? Response.error();
  }
}

// Gives up on a slow network only where there is something else to show.
function afterPatience(url) {
  return new Promise((_, reject) => {
    setTimeout(async () => { if (await kept(url)) reject(new Error("slow")); }, PATIENCE);
  });
}

async function fromNetwork(request, url) {
  const answer = await fetch(request);
  if (answer.status === 401 || answer.status === 403) await forgetPages();
  if (answer.ok && isKept(url)) await store(answer.clone(), url);
  return answer;
}

// A page is kept under the account that it was made for: another one's goes as soon as it is seen.
async function store(answer, url) {
  const account = answer.headers.get("Desk-Account");
  if (!account) return;
  const name = PAGES + account;
  await forgetPages(name);
  const text = (await answer.text()).replace("data-kept hidden", "data-kept");
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  for (const each of ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"]) {
    if (answer.headers.has(each)) headers[each] = answer.headers.get(each);
  }
  const cache = await caches.open(name);
  await cache.put(url.pathname + url.search, new Response(text, { headers }));
}

async function kept(url) {
  for (const name of await caches.keys()) {
    const answer = name.startsWith(PAGES) && (await (await caches.open(name)).match(url.pathname + url.search));
    if (answer) return answer;
  }
  return undefined;
}

async function forgetPages(but) {
  for (const name of await caches.keys()) {
    if (name.startsWith(PAGES) && name !== but) await caches.delete(name);
  }
}

// The browser asks again later when this fails.
async function replay() {
  const status = await queue.replay();
  if (status === "done") await keep("keep anew");
  else if (status !== "idle") throw new Error(status);
}

// So that the pages can be read even if nobody opened them while there was a network, and the one
// that asks, which was opened before there was a worker.
async function keep(message, from) {
  if (message !== "keep anew" && Date.now() - keptAt < FRESH_FOR) return;
  keptAt = Date.now();
  const own = from && isKept(new URL(from)) ? [new URL(from).pathname] : [];
  for (const path of new Set([...SHELL.kept, ...own])) {
    const url = new URL(path, location.origin);
    try {
      await fromNetwork(new Request(url, { redirect: "manual" }), url);
    } catch {
      keptAt = 0;
    }
  }
}

function isKept(url) {
  const { pathname } = url;
  return (SHELL.kept.includes(pathname) || SHELL.alike && new RegExp(SHELL.alike).test(pathname)) && /^(\?(page=\d+|show=low)(&page=\d+)?)?$/.test(url.search);
}

function isDesk(path) {
  return path === SHELL.desk || path.startsWith(`${SHELL.desk}/`);
}
