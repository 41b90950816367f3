// The link: what this kiosk and its server tell each other besides answers. A
// report goes to the server every minute and after changes; invitations and
// settings come from it as a stream of events. What was last heard is
// remembered, so that a start without network knows the opening hours.
(() => {
  "use strict";
  const root = document.documentElement;
  const hailong = window.hailong;
  const beatEvery = 60000;   // ms between two reports
  const beatSoon = 2000;     // ms from a change to its report
  const callTime = 10000;    // ms for one call to the server
  const silence = 45000;     // ms without a sign of the stream, which pings every 15 s
  const again = 5000;        // ms until a stream that was refused is tried again
  const memory = "hailong-settings";

  // What the machine is told before it is there waits here; only the last word
  // of settings counts.
  let ear = null;
  const told = { settings: null, clock: null };
  const tell = (...words) => {
    if (words[0] in told) told[words[0]] = words;
    ear?.(...words);
  };

  const minutes = (text) => {
    const [h, m] = text.split(":");
    return 60 * Number(h) + Number(m);
  };
  function settings(device, ahead) {
    if (device) tell("settings", 1000 * device.interval_seconds, device.hours.map((day) => day.flatMap((s) => [minutes(s.from), minutes(s.to)])), device.half === "drop", device.scan_pace_ms ?? 0);
    if (ahead !== undefined) tell("clock", ahead);
    try {
      const old = JSON.parse(localStorage.getItem(memory) ?? "{}");
      localStorage.setItem(memory, JSON.stringify({ device: device ?? old.device, ahead: ahead ?? old.ahead }));
    } catch (err) { // a disk that is full
      console.warn("link: settings are not remembered:", err);
    }
  }
  function recall() {
    try {
      const { device, ahead } = JSON.parse(localStorage.getItem(memory) ?? "{}");
      if (device) settings(device, ahead);
    } catch (err) {
      console.warn("link: no settings to remember:", err);
    }
  }

  // The device is no kiosk any more. What waits stays on it; the page goes when
  // the service worker hears of it too.
  let revoked = false;
  function stop() {
    if (revoked) return;
    revoked = true;
    source?.close();
    tell("revoked");
    navigator.serviceWorker?.getRegistration?.("/kiosk").then((r) => r?.update()).catch(() => {});
  }

  // A report, one at a time. Nothing depends on it: a failed one is forgotten.
  let beating = null, reported = "", deaf = false;
  async function report() {
    const queue = await hailong.report();
    const room = await (navigator.storage?.estimate?.() ?? Promise.resolve({})).catch(() => ({}));
    const persisted = await (navigator.storage?.persisted?.() ?? Promise.resolve(false)).catch(() => false);
    const body = { clock: new Date().toISOString(), version: root.dataset.version, queue: queue.waiting, refused: queue.refused,
      storage: { persisted, failing: queue.failing, used: room.usage ?? 0, quota: room.quota ?? 0 } };
    if (queue.oldest) body.oldest = queue.oldest;
    const r = await fetch("/api/v1/kiosk/heartbeat", {
      method: "POST", credentials: "same-origin", cache: "no-store", headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body), signal: AbortSignal.timeout(callTime),
    });
    if (r.status === 401 || r.status === 403) return stop();
    if (!r.ok) throw new Error("status " + r.status);
    const said = await r.json();
    reported = queue.waiting + " " + queue.refused;
    settings(said.device, Date.parse(said.server_time) - Date.now());
    for (const el of document.querySelectorAll("[data-heard]")) el.textContent = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
    if (deaf) listen(); // the line is back: do not wait for the stream to notice
    deaf = false;
  }
  function beat() {
    beating ??= report().catch((err) => {
      deaf = true;
      console.warn("link: no report:", err);
    }).finally(() => { beating = null; });
    return beating;
  }
  let soon = null;
  hailong.changed = () => {
    soon ??= setTimeout(() => {
      soon = null;
      if (!revoked && hailong.state.waiting + " " + hailong.state.repair !== reported) beat();
    }, beatSoon);
  };

  // The stream. The browser comes back by itself after a break and names the
  // last invitation; where it was refused it gives up, and we try again.
  let source = null, sign = 0, retry = null;
  function listen() {
    clearTimeout(retry);
    source?.close();
    if (revoked || !ear) return;
    const mine = source = new EventSource("/api/v1/kiosk/events");
    const on = (name, f) => mine.addEventListener(name, (e) => {
      sign = Date.now();
      f(JSON.parse(e.data));
    });
    sign = Date.now();
    on("settings", (device) => {
      root.dataset.line = "yes";
      settings(device);
    });
    on("invite", (call) => tell("invite", call.handle, call.procedure ?? "", 1000 * call.seconds));
    on("withdraw", (call) => tell("withdraw", call.handle));
    on("revoked", stop);
    on("ping", () => {});
    mine.onerror = () => {
      root.dataset.line = "no";
      if (mine !== source || mine.readyState !== EventSource.CLOSED) return;
      beat(); // which hears why, where it is because this device was revoked
      clearTimeout(retry);
      retry = setTimeout(listen, again);
    };
  }

  // The machine is there and wants to hear everything.
  hailong.listen = (f) => {
    ear = f;
    for (const words of Object.values(told)) if (words) ear(...words);
    if (revoked) ear("revoked");
    setTimeout(listen); // once it is in charge
  };

  recall();
  document.addEventListener("DOMContentLoaded", () => {
    beat();
    setInterval(() => {
      if (revoked) return;
      beat();
      if (source && Date.now() - sign > silence) listen();
    }, beatEvery);
    window.addEventListener("online", () => beat());
  });
})();
