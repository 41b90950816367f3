// The outbox: answers wait in IndexedDB until the server has them. Each call is
// one whole transaction and ends when it is complete, so that the machine, whose
// code may pause at any time, never holds one open. It knows no time: when to
// send is the machine's word.
(() => {
  "use strict";
  window.hailong ??= {};   // where nothing else of the kiosk runs
  const mostRecords = 500; // that the server takes in one call
  const callTime = 10000;  // ms for one call to the server
  const diskTime = 5000;   // ms after which the disk counts as failing

  let opening = null;
  function open() {
    if (opening) return opening;
    const mine = new Promise((ok, no) => {
      const r = indexedDB.open("hailong-kiosk", 1);
      r.onupgradeneeded = () => {
        // seq is the order in which answers came, whatever the clock said.
        r.result.createObjectStore("waiting", { keyPath: "id" }).createIndex("seq", "seq");
        r.result.createObjectStore("repair", { keyPath: "id" });
      };
      r.onsuccess = () => {
        const db = r.result;
        db.onversionchange = () => { db.close(); opening = null; };
        db.onclose = () => { opening = null; };
        ok(db);
      };
      r.onerror = () => no(r.error);
    });
    opening = mine;
    mine.catch(() => { opening = null; });
    return mine;
  }

  // whole runs one transaction: work starts its requests, and what it returned
  // is there when everything is on the disk.
  async function whole(mode, work) {
    const db = await open();
    return new Promise((ok, no) => {
      let t;
      try {
        t = db.transaction(["waiting", "repair"], mode, { durability: "strict" });
      } catch (err) { // the connection was closed under us
        opening = null;
        throw err;
      }
      const out = work(t.objectStore("waiting"), t.objectStore("repair"));
      t.oncomplete = () => ok(out);
      t.onabort = () => no(t.error ?? new Error("called off"));
    });
  }

  const within = (ms, promise) => {
    let timer;
    const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error("no end after " + ms + " ms")), ms); });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  };

  // state is what the staff is shown; null where it is not known.
  const state = { waiting: null, repair: null, disk: null, persisted: null };
  const counts = (waiting, repair, out) => {
    waiting.count().onsuccess = (e) => { out.waiting = e.target.result; };
    repair.count().onsuccess = (e) => { out.repair = e.target.result; };
    return out;
  };

  function show() {
    const yes = (v) => (v === null ? "unknown" : v ? "yes" : "no");
    const root = document.documentElement;
    root.dataset.waiting = state.waiting ?? "";
    root.dataset.refused = state.repair ?? "";
    for (const el of document.querySelectorAll("[data-count]")) el.textContent = state[el.dataset.count] ?? "?";
    for (const el of document.querySelectorAll("[data-state]")) el.hidden = el.dataset.state !== el.dataset.of + "-" + yes(state[el.dataset.of]);
    window.hailong.changed?.();
  }

  // onDisk runs a transaction and notes how the disk does. A disk that is full
  // can be read, and emptied: only an answer that it keeps proves it.
  async function onDisk(mode, work, proof = false) {
    try {
      const out = await within(diskTime, whole(mode, work));
      if (proof || state.disk === null) state.disk = true;
      if (out.waiting !== undefined) ({ waiting: state.waiting, repair: state.repair } = out);
      show();
      return out;
    } catch (err) {
      state.disk = false;
      show();
      throw err;
    }
  }

  const add = (record) => onDisk("readwrite", (waiting, repair) => {
    const out = {};
    const last = waiting.index("seq").openKeyCursor(null, "prev");
    last.onsuccess = () => {
      waiting.add({ ...record, seq: (last.result?.key ?? 0) + 1 });
      counts(waiting, repair, out);
    };
    return out;
  }, true);

  // plain is a record as the server takes it: without what is only for here.
  const plain = ({ seq, status, reason, ...record }) => record;

  async function post(records) {
    const r = await fetch("/api/v1/answers", {
      method: "POST", credentials: "same-origin", cache: "no-store", headers: { "Content-Type": "application/json", "Hailong-Clock": new Date().toISOString() },
      body: JSON.stringify(records.map(plain)), signal: AbortSignal.timeout(callTime),
    });
    if (!r.ok) throw new Error("status " + r.status);
    const verdicts = await r.json();
    if (!Array.isArray(verdicts)) throw new Error("not a list of verdicts");
    return verdicts.filter((v) => v && typeof v.id === "string");
  }

  const has = (v) => v.status === "stored" || v.status === "already";
  const never = (v) => v.status === "conflict" || v.status === "refused";

  // keep puts an answer on the disk. Where the disk fails it is sent at once.
  // {id, kept: it is on the disk, stored: the server has it, receipt}
  async function keep(record) {
    const out = { id: record.id, kept: false, stored: false, receipt: "" };
    try {
      await add(record);
      out.kept = true;
    } catch (err) {
      console.warn("outbox: the disk does not keep an answer:", err);
      try {
        const v = (await post([record])).find((v) => v.id === record.id);
        out.stored = v !== undefined && has(v);
        out.receipt = v?.receipt ?? "";
      } catch (err) {
        console.warn("outbox: and the server does not take it:", err);
      }
    }
    return out;
  }

  // drain sends the oldest answers, in order; across all tabs one call is under
  // way at a time. What the server has is deleted, what it will never take moves
  // to the repair tray, and what it is silent about stays. mine is the id of the
  // answer whose citizen is waiting.
  // {lost: no call got through, waiting, mine, stored: the server has mine,
  // turned: "conflict" or "refused", why it never will, receipt}
  async function drainAlone(mine) {
    const out = { lost: true, waiting: 0, mine, stored: false, turned: "", receipt: "" };
    let list;
    try {
      list = (await onDisk("readonly", (waiting) => {
        const got = {};
        waiting.index("seq").getAll(null, mostRecords).onsuccess = (e) => { got.list = e.target.result; };
        return got;
      })).list;
      const verdicts = list.length > 0 ? await post(list) : [];
      const own = verdicts.find((v) => v.id === mine);
      if (own) {
        out.stored = has(own);
        out.turned = never(own) ? own.status : "";
        out.receipt = own.receipt ?? "";
      }
      const sent = new Map(list.map((r) => [r.id, r]));
      const left = await onDisk("readwrite", (waiting, repair) => {
        for (const v of verdicts) {
          const r = sent.get(v.id);
          if (!r || !(has(v) || never(v))) continue;
          if (never(v)) repair.put({ ...r, status: v.status, reason: v.reason ?? "" });
          waiting.delete(v.id);
        }
        const got = counts(waiting, repair, {});
        if (mine) {
          waiting.getKey(mine).onsuccess = (e) => { got.here = e.target.result !== undefined; };
          repair.getKey(mine).onsuccess = (e) => { got.tray = e.target.result !== undefined; };
        }
        return got;
      });
      out.lost = false;
      out.waiting = left.waiting;
      // Another tab may have brought it to the server.
      if (mine && !left.here && !left.tray) out.stored = true;
    } catch (err) {
      console.warn("outbox: kept for later:", err);
    }
    return out;
  }
  // Without locks (they need https or this very machine) two tabs may send the
  // same answer at once, which the server stores once.
  const drain = (mine = "") => (navigator.locks ? navigator.locks.request("hailong-outbox", () => drainAlone(mine)) : drainAlone(mine));

  // count tells how many answers wait: 0 where the disk cannot say.
  const count = () => onDisk("readonly", (waiting, repair) => counts(waiting, repair, {})).then((c) => c.waiting, () => 0);

  // report is how the queue is: how many wait and since when, how many are in
  // the tray, whether the disk works.
  async function report() {
    try {
      const out = await onDisk("readonly", (waiting, repair) => {
        const got = { oldest: null };
        waiting.index("seq").openCursor().onsuccess = (e) => { got.oldest = e.target.result?.value.captured_at ?? null; };
        return counts(waiting, repair, got);
      });
      return { waiting: out.waiting, refused: out.repair, oldest: out.oldest, failing: state.disk === false };
    } catch {
      return { waiting: 0, refused: 0, oldest: null, failing: true };
    }
  }

  const newID = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // records are all answers on the disk, as the server takes them.
  async function records() {
    const got = await onDisk("readonly", (waiting, repair) => {
      const out = {};
      waiting.index("seq").getAll().onsuccess = (e) => { out.queue = e.target.result; };
      repair.getAll().onsuccess = (e) => { out.tray = e.target.result; };
      return out;
    });
    return [...got.queue, ...got.tray].map(plain);
  }

  Object.assign(window.hailong, { keep, drain, count, newID, report, records, state });

  document.addEventListener("DOMContentLoaded", () => {
    // The page may come from this device's own copy: its form gets a new name.
    const id = document.querySelector('form input[name="id"]');
    if (id) id.value = newID();
    count();
    (navigator.storage?.persist?.() ?? Promise.resolve(false)).catch(() => false).then((p) => { state.persisted = p; show(); });
  });
})();
