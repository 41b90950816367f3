// The loader: small and first. It keeps what
// is touched before the kiosk's machine is there, starts the machine, and if
// that fails, or takes too long, leaves a plain form that works.
(() => {
  "use strict";
  const root = document.documentElement;
  const patience = 8000; // ms until the form is offered instead

  // wait: only the first question is shown; touches are kept for the machine.
  // app: the machine is in charge. form: all questions and a button to send.
  root.dataset.mode = "wait";
  window.hailong = { taps: [] };
  const touched = () => window.hailong.taps.length > 0;

  // The machine's code is on its way since the page's first words (earlyScript in
  // the server's kioskfiles.go). It has the line to itself: the page's own type and
  // the copy for later come when it is in charge, or given up.
  root.dataset.type = "later";
  let lineIsFree;
  const freeLine = new Promise((r) => { lineIsFree = r; });
  freeLine.then(() => { delete root.dataset.type; });

  // On later visits everything is on this device, and the machine there almost
  // with the page: painting waits until the page is read to its end, so that a
  // slow device lays it out once, with the machine in charge, not twice.
  if (navigator.serviceWorker?.controller) {
    const hold = document.createElement("link");
    hold.rel = "expect";
    hold.href = "#end";
    hold.blocking = "render";
    document.head.append(hold);
  }

  document.addEventListener("click", (e) => {
    if (root.dataset.mode !== "wait" && root.dataset.mode !== "form") return;
    if (e.target.matches("input[type=radio]")) window.hailong.taps.push(e.target);
  });

  // What can be touched now, group by group, as it stands on the page.
  const groups = () => [...(document.querySelector("dialog[open]") ?? document).querySelectorAll("[data-group]")]
    .map((g) => [...g.querySelectorAll("input, button, a")].filter((el) => el.getClientRects().length > 0));
  const go = (by) => {
    const all = groups().flat(), at = all.indexOf(document.activeElement);
    all.at(at >= 0 ? (at + by) % all.length : by > 0 ? 0 : -1)?.focus();
  };

  // For the machine's scanning with a single switch: how many there are in each
  // group; one of them, or with i < 0 a group, is marked; one is picked.
  window.hailong.groups = () => groups().map((g) => g.length);
  window.hailong.mark = (g, i) => {
    for (const el of document.querySelectorAll("[data-marked]")) delete el.dataset.marked;
    const list = (groups()[g] ?? []).filter((_, n) => i < 0 || n === i);
    for (const el of list) (el.closest("label") ?? el).dataset.marked = "";
    if (i >= 0) list[0]?.focus();
    list[0]?.scrollIntoView({ block: "nearest" });
  };
  window.hailong.pick = (g, i) => groups()[g]?.[i]?.click();
  document.addEventListener("keyup", (e) => { if (root.dataset.scan === "true" && e.key === " ") e.preventDefault(); });

  // Arrow keys move over everything that can be touched, Tab over every face,
  // and neither chooses: a choice goes on to the next question. Space and Enter
  // choose, and tick a reason. So two switches do.
  document.addEventListener("keydown", (e) => {
    const radio = e.target;
    if (root.dataset.mode === "form" || root.dataset.scan === "true") return;
    if (e.key === "Enter" && radio.matches("input[type=checkbox]")) {
      e.preventDefault();
      radio.click();
    }
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (step && !radio.matches("[data-text]")) {
      e.preventDefault();
      go(step);
    }
    if (!radio.matches("input[type=radio]")) return;
    if (e.key === "Tab") {
      const all = [...radio.closest("[role=radiogroup]").querySelectorAll("input[type=radio]")];
      const next = all[all.indexOf(radio) + (e.shiftKey ? -1 : 1)];
      if (next) e.preventDefault();
      next?.focus();
    } else if (e.key === "Enter") {
      e.preventDefault();
      radio.click();
    }
  });

  // The form is sent only where it is shown as one.
  document.addEventListener("submit", (e) => {
    if (root.dataset.mode !== "form") e.preventDefault();
  });

  // What the staff looked at is not for the next citizen.
  document.addEventListener("reset", () => document.querySelector(".desk").removeAttribute("open"));

  // However the question "are you still there?" is closed, that is an answer.
  document.addEventListener("close", (e) => e.target.querySelector("[data-do]")?.click(), true);

  // The form does without the machine; what the machine kept is still sent.
  let carrying = 0;
  const toForm = () => {
    root.dataset.mode = "form";
    lineIsFree();
    if (carrying || !window.hailong.drain) return;
    window.hailong.drain();
    carrying = setInterval(() => window.hailong.drain(), 60000);
  };

  // The service worker hears how this version does, and may want the last good
  // one back.
  const report = (word) => navigator.serviceWorker?.controller?.postMessage(word);

  document.addEventListener("DOMContentLoaded", async () => {
    report("here");
    const timer = setTimeout(toForm, patience);
    try {
      const go = new Go();
      const instance = await WebAssembly.instantiate(await window.hailongCode, go.importObject);
      clearTimeout(timer);
      if (root.dataset.mode === "form" && touched()) return; // somebody is filling it in
      const over = go.run(instance); // ends only if the machine breaks
      if (root.dataset.mode === "app" && !go.exited) report("well");
      setTimeout(lineIsFree, 100); // when this has been painted
      await over;
    } catch (err) {
      console.warn("kiosk: the form is used instead:", err);
    }
    clearTimeout(timer);
    report("broken");
    toForm();
  });

  // The service worker starts the kiosk with no network. A new version is
  // fetched in the background and takes over when nobody is here.
  const lookEvery = 3600000; // ms between two questions for a new version
  const nobody = () => root.dataset.rest === "true" || (root.dataset.mode === "form" && document.querySelector("input:checked") === null);
  const whenNobody = (then) => {
    const timer = setInterval(() => {
      if (!nobody()) return;
      clearInterval(timer);
      then();
    }, 1000);
  };
  const workers = navigator.serviceWorker;
  const copy = async () => {
    await freeLine;
    try {
      const r = await workers.register("/kiosk/sw.js", { scope: "/kiosk", updateViaCache: "none" });
      const offer = (w) => {
        const ready = () => { if (w.state === "installed" && workers.controller) whenNobody(() => w.postMessage("take over")); };
        w.addEventListener("statechange", ready);
        ready();
      };
      for (const w of [r.waiting, r.installing]) if (w) offer(w); // found before we were here
      r.addEventListener("updatefound", () => offer(r.installing));
      setInterval(() => r.update().catch(() => {}), lookEvery);
    } catch (err) {
      console.warn("kiosk: no copy for when the line is down:", err);
    }
  };
  if (workers) {
    const had = workers.controller !== null;
    workers.addEventListener("message", (e) => { if (e.data === "go back") whenNobody(() => location.reload()); });
    workers.startMessages();
    workers.addEventListener("controllerchange", () => { if (had) whenNobody(() => location.reload()); });
    copy();
  }
})();
