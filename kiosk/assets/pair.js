// Pairing by link: whoever opens the kiosk's page with #ghep=CODE, as the QR
// code on the board of devices has it, makes this browser a kiosk. What stands
// after # is seen by no server and no proxy, and is gone from the address bar
// and from this page's history before anything else happens.
(() => {
  "use strict";
  const say = (what) => {
    for (const el of document.querySelectorAll("[data-pairing]")) el.hidden = el.dataset.pairing !== what;
  };

  async function pair() {
    const m = /^#ghep=([0-9A-Za-z-]{1,40})$/.exec(location.hash);
    if (!m) return;
    history.replaceState(null, "", location.pathname + location.search);
    say("busy");
    let status = 0;
    try {
      const r = await fetch("/api/v1/kiosk/pair", {
        method: "POST", credentials: "same-origin", cache: "no-store", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code: m[1] }), signal: AbortSignal.timeout(15000),
      });
      status = r.status;
    } catch (err) {
      console.warn("pair: no line:", err);
    }
    if (status === 200) return location.reload();
    say(status === 422 ? "wrong" : status === 429 ? "often" : "line");
  }

  window.addEventListener("hashchange", pair);
  document.addEventListener("DOMContentLoaded", () => {
    pair();
    // What a kiosk did not send before it was revoked is still here.
    const unsent = document.querySelector("[data-unsent]");
    if (unsent) window.hailong.count().then((n) => { unsent.hidden = n === 0; });
  });
})();
