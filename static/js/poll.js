// Waits for the payment: <div data-poll="/orders/…/payment" data-state="pending"> asks the address,
// which answers {"state": "…"}, and reloads the page once the state is another one. Every few times
// it has the shop ask the payment service itself: data-ask="/orders/…/payment/checks".
const SHORTEST = 1500;
const LONGEST = 15000;
const ASK_EVERY = 4;
const GIVE_UP_AFTER = 10 * 60 * 1000;

const box = document.querySelector("[data-poll]");
if (box) wait(SHORTEST, Date.now() + GIVE_UP_AFTER, 1);

function wait(pause, deadline, round) {
  setTimeout(async () => {
    if (box.dataset.ask && round % ASK_EVERY === 0 && !document.hidden) await haveShopAsk();
    if (document.hidden || !(await hasChanged())) {
      if (Date.now() < deadline) wait(Math.min(pause * 1.3, LONGEST), deadline, round + 1);
      return;
    }
    location.reload();
  }, pause);
}

async function hasChanged() {
  try {
    const answer = await fetch(box.dataset.poll, { headers: { Accept: "application/json" } });
    return answer.ok && (await answer.json()).state !== box.dataset.state;
  } catch {
    return false; // Offline for a moment: ask again later.
  }
}

async function haveShopAsk() {
  try {
    await fetch(box.dataset.ask, { method: "POST", headers: { Accept: "application/json" } });
  } catch {
    // Offline for a moment: the shop asks by itself as well.
  }
}
